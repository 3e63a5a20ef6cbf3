"""What can be wrong with a log, each kind with a name and a sentence: found, where, what it means, what to do.

A finding says what the bytes show and nothing about who did it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of finding."""

    EMPTY = "empty"
    MISSING = "missing"
    OUT_OF_ORDER = "out_of_order"
    BODY_CHANGED = "body_changed"
    LEAF_CHANGED = "leaf_changed"
    PREV_CHANGED = "prev_changed"
    CHAIN_CHANGED = "chain_changed"
    LINK_BROKEN = "link_broken"
    NOT_CANONICAL = "not_canonical"
    REPEATED = "repeated"
    TIME_BACKWARDS = "time_backwards"
    TEXT_CHANGED = "text_changed"
    TEXT_UNKNOWN = "text_unknown"
    TEXT_MISSING = "text_missing"
    CUT = "cut"
    ROOT_DIFFERS = "root_differs"
    CHAIN_DIFFERS = "chain_differs"
    OTHER_LOG = "other_log"
    CHECKPOINT_UNREADABLE = "checkpoint_unreadable"
    CHECKPOINT_MISSING = "checkpoint_missing"
    SIGNATURE_WRONG = "signature_wrong"
    KEY_UNKNOWN = "key_unknown"
    KEY_RETIRED = "key_retired"
    KEY_UNREADABLE = "key_unreadable"
    KEY_NOT_OF_LOG = "key_not_of_log"
    KEY_NOT_HANDED_OVER = "key_not_handed_over"
    CLOSED = "closed"
    INDEX_DIFFERS = "index_differs"
    LINE_UNREADABLE = "line_unreadable"
    FILE_MISSING = "file_missing"
    FILE_UNEXPECTED = "file_unexpected"
    FILE_CHANGED = "file_changed"
    MANIFEST_WRONG = "manifest_wrong"

    @property
    def is_warning(self) -> bool:
        """Whether it says nothing against the log."""
        return self is Kind.TIME_BACKWARDS


#: What a kind means and what to do, after what was found and where.
_MEANS = {
    Kind.EMPTY: "a log begins with the making of its store, so everything was removed: restore the last backup beside "
    "this one and compare",
    Kind.MISSING: "events were removed or renumbered: look them up in a backup or an export made before",
    Kind.OUT_OF_ORDER: "events were moved, renumbered or written twice: compare with a backup or an export made before",
    Kind.BODY_CHANGED: "it was changed after it was written: do not rely on it, look it up in a backup or an export",
    Kind.LEAF_CHANGED: "the body is what was written, the hash beside it was changed: compare with a backup",
    Kind.PREV_CHANGED: "the event is what was written, its link was changed: compare with a backup",
    Kind.CHAIN_CHANGED: "the event is what was written, its place in the chain was changed: compare with a backup",
    Kind.LINK_BROKEN: "an event was removed, inserted, moved or rewritten here: compare with a backup or an export",
    Kind.NOT_CANONICAL: "mat writes events in one form only, so this one was not written by it: ask who can write to "
    "the database directly",
    Kind.REPEATED: "an event was written a second time, as if it had happened twice: rely on neither until a backup "
    "was compared",
    Kind.TIME_BACKWARDS: "a clock was set back or two machines disagree: check the clocks",
    Kind.TEXT_CHANGED: "the text beside the event was changed after it was written: look it up in a backup",
    Kind.TEXT_UNKNOWN: "the log knows of no such text, so it was put there without an event: do not rely on it",
    Kind.TEXT_MISSING: "the log tells of no erasure that took it, so it was deleted beside the log: look it up in a "
    "backup",
    Kind.CUT: "the end of the log was cut off: restore a backup made after that checkpoint, beside this one",
    Kind.ROOT_DIFFERS: "the events up to there are not those that were signed, even where they fit each other: the log "
    "was rewritten; compare with an export or a backup made before",
    Kind.CHAIN_DIFFERS: "the events up to there are not those that were signed: compare with an export or a backup",
    Kind.OTHER_LOG: "it is of another store and says nothing about this log: give one of this store",
    Kind.CHECKPOINT_UNREADABLE: "nothing can be compared with it: give the file as it was handed out, unchanged",
    Kind.CHECKPOINT_MISSING: "a signed checkpoint was removed: look for a copy with those it was handed to",
    Kind.SIGNATURE_WRONG: "the checkpoint was changed after it was signed: ask whoever holds a copy for theirs",
    Kind.KEY_UNKNOWN: "somebody else signed it: do not rely on it, and check that the public key is the right one",
    Kind.KEY_RETIRED: "somebody still holds the old key and used it: treat it as stolen",
    Kind.KEY_NOT_OF_LOG: "it is the key of another time or of another store, or somebody else wrote and signed this: "
    "ask for the key that signed when this was made, and rely on nothing until one fits",
    Kind.KEY_UNREADABLE: "no signature can be checked: give the public key as it was handed out",
    Kind.KEY_NOT_HANDED_OVER: "it does not count, and whoever wrote it wanted another key trusted: ask who could",
    Kind.CLOSED: "its numbers were changed, so that the next is taken already: no work can be done in the store until "
    "a backup is restored",
    Kind.INDEX_DIFFERS: "searches may hide or show the wrong events: rely on the log itself, and rebuild the index",
    Kind.LINE_UNREADABLE: "the file was changed after it was written: ask for the export again",
    Kind.FILE_MISSING: "it was removed after the export was made: ask for the export again",
    Kind.FILE_UNEXPECTED: "it was put there after the export was made: do not rely on it",
    Kind.FILE_CHANGED: "it was changed after the export was made: ask for the export again",
    Kind.MANIFEST_WRONG: "nobody trusted vouches for the list of files: ask for the export again",
}

#: The same of a checkpoint that was given, where that is something else.
_OF_GIVEN = {
    Kind.SIGNATURE_WRONG: "that file was changed after it was signed, and says nothing about the log: ask whoever "
    "handed it out for theirs",
    Kind.KEY_UNKNOWN: "that file cannot be relied on: give the public key you were handed with --public-key, and if it "
    "is that one, somebody else signed the file; ask whoever handed it out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `seq`: the event or the checkpoint's size it is about; None = about a file or the whole.

    `is_about_given`: it speaks against a checkpoint or key that was given to check with, not against the log.
    """

    kind: Kind
    seq: int | None
    sentence: str
    is_about_given: bool = False


@dataclass(slots=True, kw_only=True)
class Findings:
    """Findings in the order they were made: all are counted, the first of each kind are kept."""

    most: int = 20
    kept: list[Finding] = field(default_factory=list[Finding])
    counts: Counter[Kind] = field(default_factory=Counter[Kind])

    def add(self, kind: Kind, seq: int | None, found: str, *, is_about_given: bool = False) -> None:
        """Take in one finding: `found` says what and where; what it means and what to do is added.

        `found` may quote names that somebody else chose: what a terminal would act upon is replaced.
        """
        self.counts[kind] += 1
        if self.counts[kind] <= self.most:
            said = "".join(letter if letter.isprintable() else "\ufffd" for letter in found)
            means = _OF_GIVEN.get(kind, _MEANS[kind]) if is_about_given else _MEANS[kind]
            self.kept.append(Finding(kind=kind, seq=seq, sentence=f"{said}: {means}.", is_about_given=is_about_given))

    def take_in(self, others: Findings) -> None:
        """Add what another part of the log gave."""
        for finding in others.kept:
            if sum(1 for one in self.kept if one.kind is finding.kind) < self.most:
                self.kept.append(finding)
        self.counts.update(others.counts)
