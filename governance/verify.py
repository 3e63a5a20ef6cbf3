"""Verifies the log, in the database or in an export: every event, every link, every checkpoint, every kept text.

It shares no code with what writes the log. Without a checkpoint from elsewhere it can show that the log fits itself,
and cannot see that all of it was written anew, or that its end is missing: the report says which was the case.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import cast

from governance.verify_findings import Finding, Findings, Kind
from governance.verify_joining import Joined, join
from governance.verify_notes import (
    KeyChange,
    ReadCheckpoint,
    TrustedKey,
    read_key_changes,
    retired_before,
    trusted_keys,
    vouched_for,
)
from governance.verify_rows import Part, Row, Stretch, read_part
from governance.verify_texts import Text, check_texts

_PROCESSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What is verified. `parts`: in order, joined without overlap.

    `kept`: every checkpoint kept beside the log, as label and note; None = they are not known. `texts`: every text kept
    beside it; None = they may not be seen. `origin`: the name of this log in checkpoints; None = any, if it is one.
    """

    parts: Sequence[Part]
    kept: Sequence[tuple[str, str]] | None = None
    texts: Iterable[Text] | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found. `size`: number of the last event; `root`, `last_chain`: over all of them.

    `findings`: what does not hold; `counts`: how many of each kind, of which the first are among the findings.
    `warnings`: what a person should look at, and which says nothing against the log. `newest`: the largest checkpoint
    that agrees under a trusted key; `newest_outside`: the same of those given from elsewhere; None = there is none.
    `agreeing`: every one given that agrees under a trusted key, the largest first.
    `texts_kept`, `texts_gone`: texts that still exist and hold, and those that an
    erasure took; null where they were not looked at.
    """

    size: int
    root: bytes
    last_chain: bytes
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    counts: Mapping[Kind, int]
    newest: ReadCheckpoint | None
    newest_outside: ReadCheckpoint | None
    agreeing: tuple[ReadCheckpoint, ...]
    texts_kept: int | None
    texts_gone: int | None
    changes: tuple[KeyChange, ...] = ()
    trusted: tuple[TrustedKey, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the log, nor against what was given to check it with."""
        return not self.findings

    @property
    def is_damaged(self) -> bool:
        """Whether something speaks against the log itself."""
        return any(not finding.is_about_given for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows at hand, as one part."""

    given: Iterable[Row]
    place: int = 0

    def rows(self, findings: Findings) -> Iterator[Row]:
        del findings
        return iter(self.given)


def verify_rows(
    rows: Iterable[tuple[int, bytes | str, bytes, bytes, bytes]],
    *,
    texts: Iterable[Text] | None = None,
    checkpoints: Sequence[tuple[str, str]] = (),
    public_key: str | None = None,
) -> Report:
    """Verify rows at hand: seq, body, leaf, prev, chain, from the beginning. `checkpoints`: label and note, given."""
    plain = ((seq, body.encode() if isinstance(body, str) else body, *rest) for seq, body, *rest in rows)
    part = _Rows(cast("Iterable[Row]", plain))
    return verify(Log(parts=[part], texts=texts), given=checkpoints, public_key=public_key)


def verify(
    log: Log,
    *,
    given: Sequence[tuple[str, str]] = (),
    public_key: str | None = None,
    is_key_given: bool = False,
    earlier_keys: Sequence[str] = (),
    findings: Findings | None = None,
) -> Report:
    """Verify a log. `given`: checkpoints from elsewhere, as label and note. `public_key`: the line of the key to trust.

    `is_key_given`: the key came from elsewhere, so that one which signed nothing here may be the wrong file.
    `earlier_keys`: lines of keys that signed before it, trusted like it; what is none is passed over.
    `findings`: what was found before, taken into the report.
    """
    found = Findings() if findings is None else findings
    pinned = None if public_key is None else TrustedKey.read(public_key)
    if public_key is not None and pinned is None:
        found.add(Kind.KEY_UNREADABLE, None, "The public key is not one line NAME+HASH+BASE64")
    checkpoints = _read_checkpoints(log, given, found)
    asked = sorted({checkpoint.size for checkpoint in checkpoints})
    joined = join(_stretches(log.parts, asked, found), found)
    checked = _Checked(log=log, joined=joined, checkpoints=checkpoints, findings=found)
    earlier = [key for key in map(TrustedKey.read, earlier_keys) if key is not None]
    trusted, changes = checked.check([] if pinned is None else [pinned, *earlier], is_key_given=is_key_given)
    kept, gone = (None, None) if log.texts is None else check_texts(log.texts, joined, found)
    speaking_against, warnings = told(found)
    outside = tuple(sorted((one for one in checked.good if one.is_outside), key=_size, reverse=True))
    return Report(
        size=joined.size,
        root=joined.root,
        last_chain=joined.last_chain,
        findings=speaking_against,
        warnings=warnings,
        counts=dict(found.counts),
        newest=max(checked.good, key=_size, default=None),
        newest_outside=next(iter(outside), None),
        agreeing=outside,
        texts_kept=kept,
        texts_gone=gone,
        changes=tuple(changes),
        trusted=tuple(trusted),
    )


def told(findings: Findings) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What speaks against the log, and what a person should look at all the same."""
    warnings = tuple(one for one in findings.kept if one.kind.is_warning)
    return tuple(one for one in findings.kept if not one.kind.is_warning), warnings


def _read_checkpoints(log: Log, given: Sequence[tuple[str, str]], findings: Findings) -> list[ReadCheckpoint]:
    found: list[ReadCheckpoint] = []
    for notes, is_outside in ((log.kept or (), False), (given, True)):
        for label, note in notes:
            checkpoint = ReadCheckpoint.read(note, label=label, is_outside=is_outside)
            if checkpoint is None:
                findings.add(Kind.CHECKPOINT_UNREADABLE, None, f"{label} is not a signed checkpoint")
            else:
                found.append(checkpoint)
    return found


def _stretches(parts: Sequence[Part], asked: Sequence[int], findings: Findings) -> Iterator[Stretch]:
    """Each part read: here, or where there are several in two processes, with what they found taken in, in order."""
    if len(parts) == 1:
        yield read_part(parts[0], asked, findings)
        return
    # Rows make no cycles: looking for them in each process took a sixteenth of the time.
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
        for stretch in pool.map(read_part, parts, [asked] * len(parts), [Findings() for _ in parts]):
            findings.take_in(stretch.findings)
            yield stretch


@dataclass(slots=True, kw_only=True)
class _Checked:
    """The checkpoints held against the log, once it is known. `good`: those that agree under a trusted key."""

    log: Log
    joined: Joined
    checkpoints: Sequence[ReadCheckpoint]
    findings: Findings
    good: list[ReadCheckpoint] = field(default_factory=list[ReadCheckpoint])

    def check(self, pinned: Sequence[TrustedKey], *, is_key_given: bool) -> tuple[list[TrustedKey], list[KeyChange]]:
        """Hold each against the log and the keys; the keys trusted, and the changes of key in the log."""
        against = {id(one): self._against(one) for one in self.checkpoints}
        agreeing = [one for one in self.checkpoints if against[id(one)] is None]
        claimed = read_key_changes(self.joined.keys)
        changes = vouched_for(claimed, agreeing)
        self._tell_unvouched(claimed, changes)
        trusted = trusted_keys(pinned, changes, agreeing)
        is_stray = bool(pinned) and is_key_given and self._signed_nothing(trusted)
        if is_stray:
            found = f"The public key given, {pinned[0].name}, signed nothing here, nor did one that the log ties to it"
            self.findings.add(Kind.KEY_NOT_OF_LOG, None, found, is_about_given=True)
        for one in self.checkpoints:
            self._hold(one, against[id(one)], trusted if pinned else None, changes, is_stray=is_stray)
        self._look_for_missing()
        return trusted, changes

    def _signed_nothing(self, trusted: Sequence[TrustedKey]) -> bool:
        """Whether there are checkpoints beside the log, and none even claims to be by a trusted key."""
        kept = [one for one in self.checkpoints if not one.is_outside]
        return bool(kept) and not any(one.note.names(key) for one in kept for key in trusted)

    def _hold(
        self,
        one: ReadCheckpoint,
        against: tuple[Kind, int, str] | None,
        trusted: Sequence[TrustedKey] | None,
        changes: Sequence[KeyChange],
        *,
        is_stray: bool,
    ) -> None:
        """Tell what is wrong with a checkpoint, or what it says against the log. `trusted` None = no key is known."""
        about = None if trusted is None else self._against_signature(one, trusted, changes)
        is_unusable = against is not None and against[0] is Kind.OTHER_LOG
        if about is not None and not (about[0] is Kind.KEY_UNKNOWN and (is_unusable or is_stray)):
            self.findings.add(*about, is_about_given=one.is_outside)
        is_unsigned = about is not None and about[0] is not Kind.KEY_RETIRED
        is_wrong = about is not None and about[0] is Kind.SIGNATURE_WRONG
        if against is not None and not is_wrong and (is_unusable or not (one.is_outside and is_unsigned)):
            self.findings.add(*against, is_about_given=one.is_outside and is_unusable)
        if trusted is not None and about is None and against is None:
            self.good.append(one)

    def _against(self, one: ReadCheckpoint) -> tuple[Kind, int, str] | None:
        """What the checkpoint says against the log; None = it agrees."""
        joined = self.joined
        origin = self.log.origin or next((each.origin for each in self.checkpoints), None)
        if one.origin != origin:
            return Kind.OTHER_LOG, one.size, f"{one.label} is of {one.origin}, this log is {origin}"
        if one.size > joined.size:
            found = f"{one.label} was signed over {one.size} events, the log ends at {joined.size}"
            return Kind.CUT, joined.size + 1, found
        root, chain = joined.at(one.size)
        if root != one.root:
            return Kind.ROOT_DIFFERS, one.size, f"The root over events 1 to {one.size} is not that of {one.label}"
        if chain != one.chain:
            return Kind.CHAIN_DIFFERS, one.size, f"The chain at event {one.size} is not that of {one.label}"
        return None

    def _against_signature(
        self, one: ReadCheckpoint, trusted: Sequence[TrustedKey], changes: Sequence[KeyChange]
    ) -> tuple[Kind, int, str] | None:
        """What is wrong with the signature of a checkpoint; None = it is by a trusted key, in its time."""
        signers = [key for key in trusted if one.note.is_signed_by(key)]
        if not signers and any(one.note.names(key) for key in trusted):
            return Kind.SIGNATURE_WRONG, one.size, f"The signature of {one.label} is not over what it says"
        if not signers:
            return Kind.KEY_UNKNOWN, one.size, f"{one.label} is signed by no key that is trusted"
        retired = [retired_before(key, one.size, changes) for key in signers]
        if all(seq is not None for seq in retired):
            found = f"{one.label} is signed by a key that event {retired[0]} took out of use"
            return Kind.KEY_RETIRED, one.size, found
        return None

    def _tell_unvouched(self, claimed: Sequence[KeyChange], vouched: Sequence[KeyChange]) -> None:
        if self.log.kept is None:
            return
        for change in claimed:
            if change not in vouched:
                self.findings.add(
                    Kind.KEY_NOT_HANDED_OVER,
                    change.seq,
                    f"Event {change.seq} names another signing key, and the key before it did not sign that",
                )

    def _look_for_missing(self) -> None:
        if self.log.kept is None:
            return
        kept = {checkpoint.size for checkpoint in self.checkpoints}
        for seq in self.joined.checkpoints:
            if seq not in kept:
                self.findings.add(
                    Kind.CHECKPOINT_MISSING,
                    seq,
                    f"Event {seq} says a checkpoint was made, and there is none of that size",
                )


def _size(checkpoint: ReadCheckpoint) -> int:
    return checkpoint.size
