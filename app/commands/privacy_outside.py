"""The commands on what leaves the store: access exports, and the register of files with personal data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.privacy_naming import FILE
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import read_id
from app.tasking import files_outside, subject_access
from app.tasking.files_outside import ENDED
from app.tasking.finding import case_named
from app.wording import printable
from governance.retention import load_retention, local_day
from mat.errors import BadInput
from mat.store.vocabulary import FileFate

COMMAND = "privacy"
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """A release as typed; passages as `1,4,7-9`."""

    to: str
    reason: str
    show: str
    withhold: str


def access_export(case: str, *, out: Path, reason: str, config: Path | None, as_json: bool) -> None:
    """Write a draft."""
    settings = read_settings(config)
    with acting_desk(settings) as desk:
        rules = load_retention(settings.retention)
        draft = subject_access.draft_subject_access(desk, case_named(desk, case), out, reason, rules)
    sentences = [
        f"A DRAFT is at {out}: read {out / subject_access.PAGE}, which is for nobody else yet.",
        f"{draft.passages} passages wait for you; then: mat privacy access-release {draft.file_id}",
    ]
    summary = {"command": COMMAND, "file_id": draft.file_id, "passages": draft.passages, "out": out, "is_draft": True}
    tell(summary, sentences, as_json=as_json)


def access_release(draft: str, releasing: Releasing, *, out: Path, config: Path | None, as_json: bool) -> None:
    """Release a draft."""
    settings, file_id = read_settings(config), read_id(draft, FILE)
    release = subject_access.Release(
        show=_numbers(releasing.show, "--show"),
        withhold=_numbers(releasing.withhold, "--withhold"),
        recipient=releasing.to,
        reason=releasing.reason,
    )
    with acting_desk(settings) as desk:
        rules = load_retention(settings.retention)
        released = subject_access.release_subject_access(desk, file_id, out, release, rules)
    sentences = [
        f"Released at {out}, registered and logged as a disclosure; the draft is destroyed.",
        "Now answer the request with `mat privacy answer`, which stops its clock; `mat privacy requests` has its id.",
    ]
    tell({"command": COMMAND, "file_id": released, "out": out, "is_draft": False}, sentences, as_json=as_json)


def files(*, only_expired: bool, config: Path | None, as_json: bool) -> None:
    """Print one line per registered file that is still there."""
    with acting_desk(read_settings(config)) as desk:
        found = files_outside.list_files(desk, only_expired=only_expired)
    now = datetime.now(UTC)
    lines = [
        f"{said(each.kind)}, "
        + (f"EXPIRED {local_day(each.expires_at)}" if each.expires_at <= now else f"until {local_day(each.expires_at)}")
        + f": {each.path}"
        + ("" if each.fate is None else f"; {files_outside.why_not(each.fate, each.path) or each.fate.value}")
        + f"  ({each.file_id})"
        for each in found
    ]
    summary = {
        "command": COMMAND,
        "files": [
            {
                "file_id": each.file_id,
                "kind": each.kind,
                "path": each.path,
                "recipients": each.recipients,
                "made_at": each.made_at,
                "expires_at": each.expires_at,
                "is_expired": each.expires_at <= now,
                "fate": each.fate,
            }
            for each in found
        ],
    }
    empty = "No registered file has expired." if only_expired else "No file is registered."
    tell(summary, lines or [empty], as_json=as_json)


def destroy_file(file: str, *, is_sure: bool, config: Path | None, as_json: bool) -> None:
    """Destroy a registered file and say what became of it.

    Raises:
        BadInput: a panel works from it now, and nobody is sure.
    """
    file_id = read_id(file, FILE)
    with acting_desk(read_settings(config)) as desk:
        current = files_outside.list_it_is(desk, file_id)
        if current is not None and not is_sure:
            raise BadInput(
                f"'{printable(current.panel)}' works from this run now: its members would go on seeing its list in "
                "mat, but its workbook and pages would be gone. Add --yes to destroy them; `mat runs delete` ends the "
                "list too."
            )
        path = files_outside.path_of(desk, file_id)
        fate = files_outside.destroy_file(desk, file_id)
    said = f"Not destroyed: {files_outside.why_not(fate, path) or fate.value}."
    if fate in ENDED:
        said = "Destroyed." if fate is FileFate.DESTROYED else "It was gone already; the register says so."
    tell({"command": COMMAND, "file_id": file_id, "fate": fate}, [said], as_json=as_json)


def say_destroyed(file: str, how: str, *, config: Path | None, as_json: bool) -> None:
    """Say that whoever got a file that left the building has destroyed it."""
    file_id = read_id(file, FILE)
    with acting_desk(read_settings(config)) as desk:
        files_outside.say_destroyed(desk, file_id, how)
    summary = {"command": COMMAND, "file_id": file_id, "fate": FileFate.GONE}
    tell(summary, ["The register says so, and how you know stands beside the log."], as_json=as_json)


def _numbers(text: str, name: str) -> frozenset[int]:
    """Passages such as `1,4,7-9`; empty = none."""
    numbers: set[int] = set()
    for part in (each.strip() for each in text.split(",") if each.strip()):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise BadInput(f"{name} should be numbers such as 1,4,7-9, not {text!r}.")
        first = int(found[1])
        last = int(found[2]) if found[2] else first
        if not first <= last <= first + 100_000:
            raise BadInput(f"{name} should be numbers such as 1,4,7-9, not {text!r}.")
        numbers.update(range(first, last + 1))
    return frozenset(numbers)
