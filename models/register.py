"""The register of models: who added, promoted or retired which model, when and why; nothing in it is ever rewritten.

One line of JSON per event, and a head beside them: a line edited, taken out or cut off is found out, see
`models.register_files`. Whoever may write in the folder can forge both, or put an older copy of the whole folder in its
place, unseen. A copy of every model added lies there too, named by its content hash.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from mat.errors import ArtefactError, BadInput, OutputError
from models import artefact as artefacts
from models.artefact import Artefact
from models.documents import Entries
from models.register_files import MEND, RegisterFiles
from models.trained import Json

FOLDER = "models"
#: What ranks where no model is champion.
WITHOUT_CHAMPION = "rfgv"

_FEWEST_CHARACTERS = 6


class What(StrEnum):
    """What happened to a model."""

    ADDED = "added"
    PROMOTED = "promoted"
    RETIRED = "retired"


class State(StrEnum):
    """Where a model stands after everything that happened."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    REPLACED = "replaced"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the register.

    `at` is UTC to the second. `hash` is the model's content hash. `replaced`: of a promotion, the champion before it;
    `replaced_by`: of a retirement, what took the model's place, a hash or a name; null where nothing did. `grounds`:
    of a promotion, the verdict it rests on.
    """

    what: What
    at: str
    by: str
    reason: str
    hash: str
    model: str
    version: str
    is_synthetic: bool
    replaced: str | None = None
    replaced_by: str | None = None
    grounds: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model of the register: `events` are its own, oldest first; `replaced_by` null = nothing took its place."""

    hash: str
    model: str
    version: str
    is_synthetic: bool
    state: State
    events: tuple[Event, ...]
    out_of_use: Event | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register under a data directory; a register nobody has written to is empty."""

    folder: Path

    @classmethod
    def under(cls, data_dir: Path) -> Register:
        """The register of this data directory."""
        return cls(folder=data_dir / FOLDER)

    def path_of(self, content_hash: str) -> Path:
        """Where the copy of a model lies."""
        return self.folder / f"{content_hash}.json"

    def events(self) -> tuple[Event, ...]:
        """Everything that happened, oldest first.

        Raises:
            ArtefactError: the register cannot be read, or a line was edited, taken out or cut off.
        """
        return _events(self._files.entries())

    def entries(self) -> tuple[Entry, ...]:
        """Every model, in the order in which they were added. Raises as `events`."""
        return _entries(self.events())

    def champion_entry(self) -> Entry | None:
        """The champion's entry; None = none was promoted, or the last one is retired. Raises as `events`."""
        return next((entry for entry in self.entries() if entry.state is State.CHAMPION), None)

    def champion(self) -> Artefact | None:
        """The promoted model; None = none, so that rfgv ranks.

        Raises:
            ArtefactError: the register or the champion's file cannot be used; nothing ranks in its place unasked.
        """
        entry = self.champion_entry()
        return None if entry is None else self.load(entry)

    def load(self, entry: Entry) -> Artefact:
        """The model of an entry, from the copy beside the register.

        Raises:
            ArtefactError: the copy is missing, edited, or another model's.
        """
        path = self.path_of(entry.hash)
        try:
            found = artefacts.read(path)
        except ArtefactError as error:
            raise ArtefactError(f"the {_standing(entry)} cannot be used: {error} {_INSTEAD}") from error
        if found.content_hash != entry.hash:
            raise ArtefactError(f"the {_standing(entry)} cannot be used: {path} holds another model. {_INSTEAD}")
        return found

    def find(self, asked: str) -> Entry:
        """The one model meant by a content hash, its beginning (6 characters or more), or a learner's name.

        A name means the champion of that name, else the only model of that name still in question.

        Raises:
            BadInput: no model, or more than one.
        """
        return _find(self.entries(), asked)

    def add(self, artefact: Artefact, *, by: str, reason: str) -> Entry:
        """Keep a copy of the model and say that it is there; where both are so, nothing happens.

        Raises:
            ArtefactError: the register cannot be read.
            OutputError: the copy or the register cannot be written.
        """
        content_hash = artefact.content_hash
        with self._alone() as known:
            self._keep(artefact)
            if not any(event.hash == content_hash for event in known):
                self._append(_of(artefact, What.ADDED, by=by, reason=reason))
        return self.find(content_hash)

    def promote(self, artefact: Artefact, *, by: str, reason: str, grounds: Mapping[str, Json]) -> Entry:
        """Make a model the champion, in place of the one before; whether it may be is for the caller to know.

        Raises:
            BadInput: it is the champion already, or was retired.
            ArtefactError, OutputError: as `add`.
        """
        _refuse_empty(by=by, reason=reason)
        self.add(artefact, by=by, reason=reason)
        with self._alone() as known:
            entries = {entry.hash: entry for entry in _entries(known)}
            entry = entries[artefact.content_hash]
            if entry.state is State.RETIRED:
                raise BadInput(f"{_standing(entry)} was taken out of use for good: train a model again.")
            if entry.state is State.CHAMPION:
                raise BadInput(f"{_standing(entry)} is the champion already: there is nothing to do.")
            before = next((each.hash for each in entries.values() if each.state is State.CHAMPION), None)
            event = _of(artefact, What.PROMOTED, by=by, reason=reason, replaced=before, grounds=grounds)
            self._append(event)
        return self.find(artefact.content_hash)

    def retire(self, asked: str, *, by: str, reason: str, replaced_by: str | None = None) -> Entry:
        """Take a model out of use for good; where it was the champion, none is until the next promotion.

        Works without the model's file, so that a damaged champion can be taken out of use.

        Raises:
            BadInput: no such model, it is retired already, or `replaced_by` is neither rfgv nor another, usable model.
            ArtefactError, OutputError: as `add`.
        """
        _refuse_empty(by=by, reason=reason)
        with self._alone() as known:
            entries = _entries(known)
            entry = _find(entries, asked)
            if entry.state is State.RETIRED:
                raise BadInput(f"{_standing(entry)} is retired already: see `mat models list`.")
            if replaced_by is not None and replaced_by != WITHOUT_CHAMPION:
                successor = _find(entries, replaced_by)
                _refuse_as_successor(successor, entry)
                replaced_by = successor.hash
            event = Event(
                what=What.RETIRED,
                at=_now(),
                by=by.strip(),
                reason=reason.strip(),
                hash=entry.hash,
                model=entry.model,
                version=entry.version,
                is_synthetic=entry.is_synthetic,
                replaced_by=replaced_by,
                grounds={},
            )
            self._append(event)
        return self.find(entry.hash)

    def refuse_unusable(self) -> None:
        """Say before long work what would fail after it; nothing is made.

        Raises:
            ArtefactError: the register cannot be read.
            BadInput: it cannot be written.
        """
        self.events()
        nearest = next(place for place in (self.folder, *self.folder.parents) if place.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            raise BadInput(f"the register {self.folder} cannot be written: set data_dir to a folder of yours.")

    @contextmanager
    def _alone(self) -> Generator[Sequence[Event]]:
        """Hold the register against other writers; yields what it says now."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadInput(
                f"the register {self.folder} cannot be written ({error.strerror}): set data_dir to a folder of yours."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.events()
            self._files.mend()
            yield known
        finally:
            os.close(lock)

    def _append(self, event: Event) -> None:
        self._files.append({field.name: getattr(event, field.name) for field in fields(Event)})

    @property
    def _files(self) -> RegisterFiles:
        return RegisterFiles(folder=self.folder)

    def _keep(self, artefact: Artefact) -> None:
        """A copy of the model under its hash, in place of whatever else lies there."""
        path = self.path_of(artefact.content_hash)
        try:
            if artefacts.read(path).content_hash == artefact.content_hash:
                return
        except ArtefactError:
            pass  # Missing or damaged: written below.
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path} is in the way of the model's copy ({error.strerror}): move it away.") from error
        artefacts.write(artefact, path)


_INSTEAD = (
    "Put the file back, promote another model, retire this one with `mat models retire`, or rank with --model rfgv."
)


def _of(
    artefact: Artefact,
    what: What,
    *,
    by: str,
    reason: str,
    replaced: str | None = None,
    grounds: Mapping[str, Json] | None = None,
) -> Event:
    return Event(
        what=what,
        at=_now(),
        by=by.strip(),
        reason=reason.strip(),
        hash=artefact.content_hash,
        model=artefact.model,
        version=artefacts.ArtefactRanker.of(artefact).version,
        is_synthetic=artefact.is_synthetic,
        replaced=replaced,
        grounds=grounds or {},
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _refuse_empty(*, by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise BadInput("the register needs a name and a reason: give both --by and --reason in words.")


def _find(entries: Sequence[Entry], asked: str) -> Entry:
    if not entries:
        raise BadInput(f"there is no model {asked!r}, the register is empty: train one with `mat train`.")
    found = [entry for entry in entries if asked == entry.model]
    found = [entry for entry in found if entry.state is State.CHAMPION] or found
    if not found and len(asked) >= _FEWEST_CHARACTERS:
        found = [entry for entry in entries if entry.hash.startswith(asked)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput(f"there is no model {asked!r} in the register: see `mat models list`.")
    several = ", ".join(entry.hash[:12] for entry in found)
    raise BadInput(f"{asked!r} may be any of {several}: name one by its hash.")


def _refuse_as_successor(other: Entry, entry: Entry) -> None:
    if other.hash == entry.hash or other.state is State.RETIRED:
        why = "cannot take its own place" if other.hash == entry.hash else "is retired and takes no model's place"
        raise BadInput(f"{_standing(other)} {why}: name another model by its hash, or {WITHOUT_CHAMPION}.")


def _standing(entry: Entry) -> str:
    kind = "champion" if entry.state is State.CHAMPION else "model"
    return f"{kind} {entry.model} {entry.hash[:12]}"


def _entries(events: Sequence[Event]) -> tuple[Entry, ...]:
    states: dict[str, State] = {}
    out_of_use: dict[str, Event] = {}
    replaced_by: dict[str, str | None] = {}
    for event in events:
        match event.what:
            case What.ADDED:
                states[event.hash] = State.CANDIDATE
            case What.PROMOTED:
                states[event.hash] = State.CHAMPION
                out_of_use.pop(event.hash, None)
                replaced_by.pop(event.hash, None)
                if event.replaced is not None:
                    states[event.replaced] = State.REPLACED
                    out_of_use[event.replaced] = event
                    replaced_by[event.replaced] = event.hash
            case What.RETIRED:
                states[event.hash] = State.RETIRED
                out_of_use[event.hash] = event
                replaced_by[event.hash] = event.replaced_by or replaced_by.get(event.hash)
    last = {event.hash: event for event in events}
    return tuple(
        Entry(
            hash=each,
            model=last[each].model,
            version=last[each].version,
            is_synthetic=last[each].is_synthetic,
            state=state,
            events=tuple(event for event in events if event.hash == each),
            out_of_use=out_of_use.get(each),
            replaced_by=replaced_by.get(each),
        )
        for each, state in states.items()
    )


def _events(lines: Sequence[Entries]) -> tuple[Event, ...]:
    events: list[Event] = []
    added: set[str] = set()
    for line in lines:
        event = _event(line)
        added |= {event.hash} if event.what is What.ADDED else set()
        if not {event.hash, event.replaced or event.hash} <= added:
            raise ArtefactError(f"{line.name} speaks of a model nobody added: {MEND}.")
        events.append(event)
    return tuple(events)


def _event(entries: Entries) -> Event:
    what = entries.text("what")
    if what not in set(What):
        raise ArtefactError(f"{entries.name} says that a model was {what!r}: {MEND}.")
    return Event(
        what=What(what),
        at=entries.text("at"),
        by=entries.text("by"),
        reason=entries.text("reason"),
        hash=entries.text("hash"),
        model=entries.text("model"),
        version=entries.text("version"),
        is_synthetic=entries.flag("is_synthetic"),
        replaced=entries.text_or_none("replaced"),
        replaced_by=entries.text_or_none("replaced_by"),
        grounds=entries.mapping("grounds"),
    )
