"""When a list is different enough that somebody should look, as read from its TOML file.

A file that is read is whole: every threshold is there, and each is a number that makes sense.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from mat.errors import SettingsError
from mat.toml_files import read_toml

#: Fewer decisions than this say something about single people.
FEWEST_DECISIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every threshold; the shipped `watch.toml` says what each means. Shares and changes of shares run from 0 to 1."""

    version: str
    population_change: float
    new_suspects_change: float
    base_rate_change: float
    missing_change: float
    feature_shift: float
    score_shift: float
    held_change: float
    least_overlap: float
    least_agreement: float
    most_refused: float
    least_decisions: int

    @property
    def hash(self) -> str:
        """SHA-256 of the content: comments and layout do not change it, everything else does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


#: Thresholds that may be over 1.
_NOT_SHARES = ("population_change", "feature_shift", "score_shift")
_NAMES = tuple(each.name for each in fields(Thresholds))


def load_thresholds(path: Path | None = None) -> Thresholds:
    """Read and check thresholds; None reads the shipped ones.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or missing, or a number is out of range.
    """
    name, content = read_toml(path, shipped="watch.toml", what="a file of thresholds")
    _refuse_other_keys(name, content)
    version = content["version"]
    if not isinstance(version, str) or not version.strip():
        raise SettingsError(f"{name}: version must be text, not {version!r}.")
    return Thresholds(
        version=version,
        least_decisions=_whole_number(name, content["least_decisions"]),
        **{key: _number(name, key, value) for key, value in content.items() if key not in _NOT_NUMBERS},
    )


_NOT_NUMBERS = ("version", "least_decisions")


def _refuse_other_keys(file: str, content: Mapping[str, object]) -> None:
    for key in content:
        if key not in _NAMES:
            close = get_close_matches(key, _NAMES, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(_NAMES)}."
            raise SettingsError(f"{file}: unknown key {key!r}; {hint}")
    for key in _NAMES:
        if key not in content:
            raise SettingsError(f"{file}: {key} is missing: copy it from the shipped watch.toml.")


def _number(file: str, key: str, value: object) -> float:
    most = float("inf") if key in _NOT_SHARES else 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or value == float("inf"):
        wanted = "a number of 0 or more" if key in _NOT_SHARES else "a share from 0 to 1"
        raise SettingsError(f"{file}: {key} must be {wanted}, not {value!r}.")
    return float(value)


def _whole_number(file: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < FEWEST_DECISIONS:
        raise SettingsError(
            f"{file}: least_decisions must be a whole number of {FEWEST_DECISIONS} or more, not {value!r}."
        )
    return value
