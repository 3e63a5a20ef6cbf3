"""A RUN read as a whole: every file there, every hash held, every frame of its contract, before anything is believed.

One thing wrong anywhere refuses all of it, in one sentence.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn, cast

import polars as pl

from app.tasking.runs.checking import refuse_other_list
from app.tasking.runs.frames import frame_of, refuse_unreadable, refuse_unstorable
from app.tasking.runs.opening import Files, Wanted, read_directory
from app.wording import printable
from mat import CONTRACT_VERSION
from mat.errors import BadInput
from mat.schemas.extract import TABLES
from mat.schemas.ranked import RankedList
from mat.snapshot import MANIFEST, QUARANTINE, Snapshot

RANKED, EVIDENCE, RELATIONSHIPS, AREA = "ranked.parquet", "evidence.parquet", "relationships.parquet", "area.parquet"
#: Where everybody stands under each scale; runs made before it was written lack it.
PLACES = "places.parquet"
SNAPSHOT = "snapshot"
#: Read for its hash alone: the store does not hold features.
FEATURES = "features.parquet"
_ALWAYS = frozenset({MANIFEST, RANKED, EVIDENCE, RELATIONSHIPS, AREA, FEATURES, "summary.txt", "ranked.xlsx"})
_OF_THE_SNAPSHOT = frozenset({f"{SNAPSHOT}/{MANIFEST}", f"{SNAPSHOT}/{QUARANTINE}"})
_NEVER = "identities"
_MOST_SEATS = 1_000_000
_POINTS_TABLE = "rfgv"
#: What names of models, versions and scales are made of: they go into the log, which holds no free text.
_WORD = re.compile(r"[A-Za-z0-9._+-]{1,80}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

_SCHEMAS: Mapping[str, Mapping[str, pl.DataType]] = {
    EVIDENCE: {"person_id": pl.String(), "feature": pl.String(), "incident_id": pl.String()},
    RELATIONSHIPS: {
        "suspect_id": pl.String(),
        "victim_id": pl.String(),
        "incident_count": pl.Int32(),
        "crime_count": pl.Int32(),
        "harm": pl.Float64(),
        "first_on": pl.Date(),
        "last_on": pl.Date(),
        "is_reciprocal": pl.Boolean(),
    },
    PLACES: {"person_id": pl.String(), "model": pl.String(), "scale": pl.String(), "rank": pl.Int64()},
    AREA: {
        "measure": pl.String(),
        "group": pl.String(),
        "value": pl.String(),
        "n": pl.Int64(),
        "is_suppressed": pl.Boolean(),
    },
    f"{SNAPSHOT}/{QUARANTINE}": {
        "table": pl.String(),
        "row": pl.UInt32(),
        "kind": pl.String(),
        "reasons": pl.List(pl.String),
        "raw": pl.String(),
    },
}
_IDS: Mapping[str, tuple[str, ...]] = {
    RANKED: ("person_id",),
    EVIDENCE: ("person_id", "feature", "incident_id"),
    RELATIONSHIPS: ("suspect_id", "victim_id"),
    PLACES: ("person_id", "model", "scale"),
    AREA: ("measure", "group"),
}
#: Checked for their hashes; what stands in them reaches no table.
_NEVER_STORED = frozenset({FEATURES, f"{SNAPSHOT}/{QUARANTINE}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesSnapshot(Snapshot):
    """A snapshot whose tables were read before, so that what is used is what was checked."""

    frames: Mapping[str, pl.DataFrame]

    def table(self, name: str) -> pl.LazyFrame:
        """The accepted rows of one contract table; empty where absent."""
        frame = self.frames.get(name)
        return TABLES[name].schema.create_empty(lazy=True) if frame is None else frame.lazy()

    def quarantine(self) -> pl.LazyFrame:
        """One row per set-aside row or value; see `Snapshot.quarantine`."""
        return self.frames[QUARANTINE].lazy()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRun:
    """A RUN that is what it says. `content_hash`: over what its list says, equal for equal runs wherever they lie.

    `places`: the rank of everyone with one on each list compared; None = the run was made before they were written.
    `model_hash`: of the model's file where it was learnt, of the points table of `rfgv`; None = neither.
    """

    path: Path
    size: int
    is_private: bool
    fingerprint: str
    manifest_sha256: str
    content_hash: str
    as_of: date
    extracted_at: datetime
    model: str
    model_version: str
    model_hash: str | None
    definitions_version: str
    definitions_hash: str
    scale: str
    scale_hash: str
    seats: int
    is_synthetic: bool
    sources: tuple[str, ...]
    ranked: pl.DataFrame
    places: pl.DataFrame | None
    evidence: pl.DataFrame
    relationships: pl.DataFrame
    area: pl.DataFrame
    snapshot: FramesSnapshot


def read_run(path: Path, today: date) -> ReadRun:
    """Read a RUN directory and check everything in it.

    Raises:
        BadInput: anything about it is not as mat writes it, or its date is later than `today`.
    """
    wanted = Wanted(what="directory that `mat run` wrote", folders=(SNAPSHOT,))
    files = read_directory(path, wanted)
    try:
        return _read(files, today)
    except ValueError as error:
        _refuse(path, error)


def _read(files: Files, today: date) -> ReadRun:
    manifest = Document.read(files, MANIFEST)
    manifest.refuse_unless("kind", "run")
    manifest.refuse_unless("contract_version", CONTRACT_VERSION)
    inner = Document.read(files, f"{SNAPSHOT}/{MANIFEST}")
    inner.refuse_unless("kind", "snapshot")
    inner.refuse_unless("contract_version", CONTRACT_VERSION)
    absent = frozenset(inner.texts("absent_tables"))
    _refuse_other_files(files, absent)
    hashes = manifest.hashes("content_hashes")
    frames = _frames(files, hashes)
    model, scale, definitions = (manifest.within(name) for name in ("model", "scale", "definitions"))
    as_of = manifest.day("as_of")
    if as_of > today:
        raise ValueError(f"its as-of date {as_of} lies in the future")
    extracted_at = inner.moment("extracted_at")
    if extracted_at.date() > today:
        raise ValueError(f"its records were extracted on {extracted_at.date()}, which lies in the future")
    read = ReadRun(
        path=files.path,
        size=sum(files.sizes.values()),
        is_private=files.is_private,
        fingerprint=files.fingerprint(),
        manifest_sha256=hashlib.sha256(files.contents[MANIFEST]).hexdigest(),
        content_hash=hashlib.sha256(json.dumps([as_of.isoformat(), sorted(hashes.items())]).encode()).hexdigest(),
        as_of=as_of,
        extracted_at=extracted_at,
        model=model.word("name"),
        model_version=model.word("version"),
        model_hash=_model_hash(manifest),
        definitions_version=definitions.word("version"),
        definitions_hash=definitions.digest("hash"),
        scale=scale.word("name"),
        scale_hash=scale.digest("hash"),
        seats=manifest.whole_number("panel_size", _MOST_SEATS),
        is_synthetic=inner.flag("is_synthetic"),
        sources=tuple(sorted(source.text("sha256") for source in inner.every("source"))),
        ranked=frames[RANKED],
        places=frames.get(PLACES),
        evidence=frames[EVIDENCE],
        relationships=frames[RELATIONSHIPS],
        area=frames[AREA],
        snapshot=FramesSnapshot(
            path=files.path / SNAPSHOT,
            absent_tables=absent,
            absent_columns=frozenset(inner.texts("absent_columns")),
            manifest=inner.entries,
            frames={_table_of(place): frame for place, frame in frames.items() if place.startswith(f"{SNAPSHOT}/")},
        ),
    )
    refuse_other_list(read)
    return read


def _model_hash(manifest: Document) -> str | None:
    model = manifest.within("model")
    if "artefact" not in model.entries:
        return manifest.digest("rfgv_hash") if model.entries.get("name") == _POINTS_TABLE else None
    found = model.digest("artefact")
    if not model.word("version").endswith(f"+{found[:12]}"):
        raise ValueError(f"{model.place} says a version and an artefact that are not of one model")
    return found


def _frames(files: Files, hashes: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    parquet = {place for place in files.sizes if place.endswith(".parquet")}
    if set(hashes) != parquet:
        raise ValueError("its manifest gives hashes of other files than lie in it")
    frames: dict[str, pl.DataFrame] = {}
    for place in sorted(parquet):
        frame = frame_of(place, files.contents[place], _schema(place), hashes[place])
        if place != FEATURES:
            frames[place] = frame
        if place not in _NEVER_STORED:
            refuse_unstorable(place, frame, _ids(place))
        if place == RANKED:
            refuse_unreadable(place, frame)
    return frames


def _refuse_other_files(files: Files, absent: frozenset[str]) -> None:
    tables = {f"{SNAPSHOT}/{name}.parquet" for name in TABLES if name not in absent and name != _NEVER}
    expected = _ALWAYS | _OF_THE_SNAPSHOT | tables
    missing, further = sorted(expected - set(files.sizes)), sorted(set(files.sizes) - expected - {PLACES})
    if missing:
        raise ValueError(f"it lacks {missing[0]}")
    if further:
        raise ValueError(f"it holds {printable(further[0][:60])!r}, which no run does")


def _schema(place: str) -> Mapping[str, pl.DataType] | None:
    if place == FEATURES:
        return None
    if place == RANKED:
        return dict(RankedList.create_empty().schema)
    return _SCHEMAS.get(place) or dict(TABLES[_table_of(place)].schema.create_empty().schema)


def _ids(place: str) -> tuple[str, ...]:
    if place in _IDS:
        return _IDS[place]
    contract = TABLES[_table_of(place)]
    return tuple(column.name for column in contract.columns if column.kind == "id")


def _table_of(place: str) -> str:
    name = place.removeprefix(f"{SNAPSHOT}/")
    return name if name == QUARANTINE else name.removesuffix(".parquet")


def _refuse(path: Path, error: ValueError) -> NoReturn:
    raise BadInput(
        f"{path} is not as mat writes it: {error}. Nothing was imported; take the directory that `mat run` wrote, or "
        "make it again."
    ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A JSON object of a file, read strictly; every entry is asked for with its type."""

    place: str
    entries: Mapping[str, Any]

    @classmethod
    def read(cls, files: Files, place: str) -> Document:
        """The JSON object of one file.

        Raises:
            ValueError: there is none, or it is no JSON object, holds NaN, a key twice, or is too deep.
        """
        if place not in files.contents:
            raise ValueError(f"it lacks {place}")
        try:
            document: object = json.loads(
                files.contents[place], parse_constant=_no_number, object_pairs_hook=_without_doubles
            )
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{place} is not JSON that can be read") from error
        if not isinstance(document, dict):
            raise ValueError(f"{place} is not a JSON object")  # noqa: TRY004 - of the file, not of a caller
        return cls(place=place, entries=cast("dict[str, Any]", document))

    def refuse_unless(self, name: str, expected: str) -> None:
        """Refuse another value than `expected`."""
        found = self.entries.get(name)
        if found != expected:
            raise ValueError(f"{self.place} says {name} is {printable(str(found)[:40])!r}, not {expected!r}")

    def text(self, name: str) -> str:
        """A text that is not empty and can be stored."""
        value = self.entries.get(name)
        if not isinstance(value, str) or not value or "\x00" in value or len(value) > 1_000:
            raise ValueError(f"{self.place} does not say {name} as a text")
        return value

    def word(self, name: str) -> str:
        """A text that is a name: letters of English, digits and `._+-`, at most 80 of them."""
        value = self.text(name)
        if not _WORD.fullmatch(value):
            raise ValueError(
                f"{self.place} says {name} is {printable(value[:40])!r}, where only letters, digits and ._+- may "
                "stand, at most 80: change it where it comes from, the settings or the name of the file"
            )
        return value

    def digest(self, name: str) -> str:
        """A SHA-256 in hexadecimal."""
        value = self.text(name)
        if not _DIGEST.fullmatch(value):
            raise ValueError(f"{self.place} does not say {name} as a hash")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        value: object = self.entries.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in cast("list[object]", value)):
            raise ValueError(f"{self.place} does not say {name} as a list of texts")
        return cast("list[str]", value)

    def hashes(self, name: str) -> dict[str, str]:
        """Hashes by file."""
        value = self.within(name).entries
        if not all(isinstance(each, str) for each in value.values()):
            raise ValueError(f"{self.place} does not say {name} as texts")
        return {str(place): str(said) for place, said in value.items()}

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.entries.get(name)
        if not isinstance(value, bool):
            raise ValueError(f"{self.place} does not say {name} as true or false")  # noqa: TRY004
        return value

    def whole_number(self, name: str, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self.entries.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise ValueError(f"{self.place} does not say {name} as a whole number of at least 1")
        return value

    def day(self, name: str) -> date:
        """A date."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as error:
            raise ValueError(f"{self.place} does not say {name} as a date") from error

    def moment(self, name: str) -> datetime:
        """A local date and time, without a zone."""
        try:
            value = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise ValueError(f"{self.place} does not say {name} as a time") from error
        if value.tzinfo is not None:
            raise ValueError(f"{self.place} says {name} with a zone")
        return value

    def within(self, name: str) -> Document:
        """An object inside."""
        value: object = self.entries.get(name)
        if not isinstance(value, dict):
            raise ValueError(f"{self.place} does not say {name}")  # noqa: TRY004
        return Document(place=f"{self.place} ({name})", entries=cast("dict[str, Any]", value))

    def every(self, name: str) -> list[Document]:
        """A list of objects inside."""
        value: object = self.entries.get(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in cast("list[object]", value)):
            raise ValueError(f"{self.place} does not say {name} as a list")
        return [Document(place=f"{self.place} ({name})", entries=each) for each in cast("list[dict[str, Any]]", value)]


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a key stands twice")
    return entries
