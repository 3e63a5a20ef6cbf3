"""The command `audit verify`: says whether a log holds, what does not, and how far that proves anything.

An exported log is checked without the store, without settings, and without importing what reads either.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.commands.reading import read_settings
from app.commands.telling import tell
from app.wording import printable
from governance.verify import Report
from governance.verify_export import verify_export
from governance.verify_findings import Finding
from governance.verify_notes import ReadCheckpoint, TrustedKey
from mat.errors import BadInput, CheckFailed
from mat.settings import Settings

#: A checkpoint or a key is a few lines.
_MOST_BYTES = 1 << 20
#: One is made every day that somebody works; a weekend may pass.
_MOST_DAYS = 2


def verify(
    log: Path | None,
    *,
    checkpoints: Sequence[Path],
    public_key: Path | None,
    with_index: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Check the log of the store, or an exported one, and say how far that proves anything.

    Raises:
        CheckFailed: something does not hold.
        BadInput: a file cannot be read, or `log` is no exported log.
        AccessRefused: the acting person may not verify the log of the store.
    """
    given = [_checkpoint_of(path) for path in checkpoints]
    key = None if public_key is None else _key_of(public_key)
    if log is not None and with_index:
        raise BadInput("An exported log has no index: leave out --index, or the log to check that of the store.")
    if log is not None:
        report = verify_export(log, given=given, public_key=key)
        where, by_nothing = f"The exported log {log}", "nothing but the signature of whoever exported it"
    else:
        report = _verify_store(read_settings(config), given, key, with_index=with_index)
        where, by_nothing = "The log of the case store", "nothing outside this machine"
    summary = {"command": "audit verify", "log": None if log is None else str(log), **_summary(report)}
    is_pinned, is_of_store = public_key is not None, log is None
    sentences = list(_told(report, where, by_nothing, is_pinned=is_pinned, is_of_store=is_of_store))
    tell(summary, sentences, as_json=as_json)
    unusable = sum(1 for finding in report.findings if finding.is_about_given)
    if report.is_damaged:
        count = sum(report.counts.values()) - len(report.warnings) - unusable
        raise CheckFailed(
            f"{where} does not hold: {count} finding{'s' if count != 1 else ''}; keep everything as it is, tell the "
            "auditor and the DPO, and compare with a backup."
        )
    if unusable:
        files = "a file that was given" if unusable == 1 else f"{unusable} of the files that were given"
        raise CheckFailed(
            f"{where} cannot be confirmed: {files} cannot be used, as said above. That is no finding against the log: "
            "get the right file and verify again."
        )


def _verify_store(
    settings: Settings, given: Sequence[tuple[str, str]], public_key: str | None, *, with_index: bool
) -> Report:
    from app.commands.acting import acting_desk  # noqa: PLC0415 - see the module's docstring
    from app.tasking.log_reading import verify_log  # noqa: PLC0415

    with acting_desk(settings, is_checking=True) as desk:
        return verify_log(desk, given=given, public_key=public_key, with_index=with_index)


def _checkpoint_of(path: Path) -> tuple[str, str]:
    label, note = printable(path.name), _text_of(path, "checkpoint")
    if ReadCheckpoint.read(note, label=label, is_outside=True) is None:
        raise BadInput(f"{printable(str(path))} is no checkpoint: give the file as it was handed out, unchanged.")
    return label, note


def _key_of(path: Path) -> str:
    line = _text_of(path, "public key")
    if TrustedKey.read(line) is None:
        raise BadInput(
            f"{printable(str(path))} is no public key, one line NAME+HASH+BASE64: give it as it was handed out."
        )
    return line


def _text_of(path: Path, what: str) -> str:
    named = printable(str(path))
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"{named} is no {what}: give the file as it was handed out.")
        if found.st_size > _MOST_BYTES:
            raise BadInput(f"{named} is no {what}: it is far too large.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The {what} {named} cannot be read: give the file as it was handed out.") from error


def _told(report: Report, where: str, by_nothing: str, *, is_pinned: bool, is_of_store: bool) -> Iterator[str]:
    """What a person reads: what does not hold first, then how far the rest is proven."""
    yield from (f"  {finding.kind}: {finding.sentence}" for finding in report.findings)
    shown = sum(report.counts.values()) - len(report.findings) - len(report.warnings)
    if shown > 0:
        yield f"  ... and {shown} more of the same kinds."
    if report.holds:
        yield f"{where} holds: {report.size} events, every one as it was written and in its place."
    elif not report.is_damaged:
        yield f"Nothing in {where[0].lower()}{where[1:]} speaks against its {report.size} events."
    yield f"Root over {report.size} events: {report.root.hex()}"
    yield f"Last chain: {report.last_chain.hex()}"
    yield from _reach(report, by_nothing, is_pinned=is_pinned, is_of_store=is_of_store)
    if report.texts_kept is not None:
        yield f"Texts: {report.texts_kept} kept as they were written, {report.texts_gone} erased."
    yield from (f"To look at: {warning.sentence}" for warning in report.warnings)


def _age(checkpoint: ReadCheckpoint) -> int:
    """Whole days since it was signed."""
    return (datetime.now(UTC) - datetime.fromisoformat(checkpoint.time)).days


def _reach(report: Report, by_nothing: str, *, is_pinned: bool, is_of_store: bool) -> Iterator[str]:
    newest, outside = report.newest, report.newest_outside
    if newest is None:
        yield (
            "No checkpoint agrees with it under a trusted key: that all of it was written anew, or its end cut off, "
            "could not be seen."
        )
    else:
        yield f"Newest checkpoint: {newest.size} events, signed {newest.time} by {newest.origin} ({newest.label})."
    if newest is not None and outside is None:
        yield (
            "No checkpoint from elsewhere was given: whoever holds both the database and the signing key could have "
            "written everything anew. Give one that a partner keeps with --checkpoint."
        )
    for one in report.agreeing:
        yield f"It agrees with {one.label}: {one.size} events, signed {one.time}."
    covered = 0 if outside is None else outside.size
    if outside is not None and covered == report.size:
        yield "The checkpoint given covers the whole log."
    elif outside is not None:
        yield (f"The tail since checkpoint {covered}, {report.size - covered} events, is protected by {by_nothing}.")
    days = 0 if newest is None or not is_of_store else _age(newest)
    if days > _MOST_DAYS:
        yield (
            f"To look at: the newest checkpoint is {days} days old, so that nothing since then is signed: "
            "make one with `mat audit checkpoint`."
        )
    if not is_pinned:
        yield "The public key came from beside the log: give the one you were handed, with --public-key."


def _summary(report: Report) -> Mapping[str, object]:
    return {
        "holds": report.holds,
        "is_damaged": report.is_damaged,
        "size": report.size,
        "root": report.root.hex(),
        "last_chain": report.last_chain.hex(),
        "findings": [_finding(each) for each in report.findings],
        "warnings": [_finding(each) for each in report.warnings],
        "counts": {kind.value: count for kind, count in report.counts.items()},
        "newest_checkpoint": _checkpoint(report.newest),
        "newest_given_checkpoint": _checkpoint(report.newest_outside),
        "agrees_with": [one.label for one in report.agreeing],
        "texts_kept": report.texts_kept,
        "texts_erased": report.texts_gone,
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {"kind": finding.kind.value, "seq": finding.seq, "sentence": finding.sentence} | (
        {"is_about_given": True} if finding.is_about_given else {}
    )


def _checkpoint(found: ReadCheckpoint | None) -> Mapping[str, object] | None:
    return None if found is None else {"size": found.size, "signed_at": found.time, "origin": found.origin}
