"""Every error mat raises on purpose, as one tree.

    MatError
    ├── BadInput            exit 2: the caller can mend it; the message says what was expected, found, and next
    │   ├── ExtractError    a source table is missing, unreadable, empty or too bad to trust
    │   ├── MappingError    the mapping file does not fit the contract or the extract
    │   ├── SnapshotError   a directory is not a snapshot this version can read
    │   ├── SettingsError   a setting, definition or configuration file is wrong
    │   ├── ScaleError      a harm scale cannot be read, or weighs too little to be used
    │   ├── ReviewsError    the reviews directory (resolved holds, restrictions) cannot be read
    │   ├── TrainingError   there is too little, or nothing, to learn from or be judged on
    │   ├── ArtefactError   a model's file is not what was written, or is of another feature set
    │   ├── StoreError      the case store is not there, down, full or of another revision: the sentence says which
    │   │   └── StaleRow    somebody else changed the row since it was read
    │   ├── AccessRefused   the acting person may not do or see this; the refusal itself is in the log
    │   └── OutputError     the output exists already, or cannot be written
    └── CheckFailed         exit 1: everything ran, and a check did not hold

The command line turns the two branches into exit codes 2 and 1 and prints the message alone. Any other
exception is a defect in mat.
"""

from __future__ import annotations


class MatError(Exception):
    """Base of every error raised on purpose; its message is one sentence for the person at the keyboard."""

    exit_code: int = 2


class BadInput(MatError):  # noqa: N818 - reads as a sentence where it is raised
    """Something the caller gave cannot be used."""


class ExtractError(BadInput):
    """A source table is missing, unreadable, empty, or too bad to trust."""


class MappingError(BadInput):
    """The mapping file does not fit the contract or the extract."""


class SnapshotError(BadInput):
    """A directory is not a snapshot that this version can read."""


class SettingsError(BadInput):
    """A setting, definition or configuration file is wrong."""


class ScaleError(BadInput):
    """A harm scale cannot be read, or weighs too few crimes to be used."""


class ReviewsError(BadInput):
    """The reviews directory cannot be read."""


class TrainingError(BadInput):
    """There is too little, or nothing, for a model to learn from or be judged on."""


class ArtefactError(BadInput):
    """A model's file is not what was written, or is of another feature set."""


class StoreError(BadInput):
    """The case store is not there, down, full or of another revision; nothing was saved unless the sentence says so."""


class StaleRow(StoreError):  # noqa: N818 - reads as a sentence where it is raised
    """Somebody else changed the row since it was read."""


class AccessRefused(BadInput):
    """The acting person may not do or see this."""


class OutputError(BadInput):
    """The output exists already, or cannot be written."""


class CheckFailed(MatError):  # noqa: N818 - reads as a sentence where it is raised
    """Everything ran, and a check did not hold."""

    exit_code = 1
