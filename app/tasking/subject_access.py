"""Everything held on one case, for the person it is about (Data Protection Act 2018, s.45): a draft, then a release.

Other people are never in it: victims, children and informants under tokens or not at all, staff by role. Free text and
what the person may not know of waits for a human: until each is decided on, nothing is released.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import func, select

from app.tasking.access_content import gather
from app.tasking.access_page import page
from app.tasking.files_outside import destroy_registered, register
from app.tasking.given import Case, lock_case, said
from app.tasking.safe_files import fingerprint
from governance.audit import Event
from governance.retention import Retention
from mat.errors import AccessRefused, BadInput
from mat.outputs import refuse_existing, whole_directory
from mat.store.tables.privacy import file_person, file_register
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

CONTENT = "subject_access.json"
PAGE = "subject_access.html"
#: Who a release goes to, as the register and the log have it; their name is a text beside the log, and erasable.
THE_PERSON = "the person or who acts for them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft export. `passages`: how many must be read and decided on before it is released."""

    file_id: UUID
    passages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What the DPO decided: the numbers of passages to show and to withhold, to whom it goes and why."""

    show: Collection[int]
    withhold: Collection[int]
    recipient: str
    reason: str


def draft_subject_access(desk: Desk, subject: UUID, out: Path, reason: str, retention: Retention) -> Draft:
    """Write everything held on a case to the directory `out`, owner-only, as a draft for the DPO to read.

    Raises:
        AccessRefused: the person may not, or may not see the case.
        OutputError: `out` exists already or cannot be written.
        BadInput: no reason was given.
    """
    words = said(reason, "The reason of an access export")
    refuse_existing(out)
    with _removed_on_error() as made, desk.working("export_subject_access") as work:
        case = lock_case(work, subject)
        gathered = gather(work, case.subject_id)
        with whole_directory(out) as folder:
            _write(folder, gathered.as_json(is_draft=True))
        made.append(out)
        file_id = _register(work, case, _Outgoing(out=out, recipients=(), purpose=words), retention)
        work.record(
            Event(
                operation=Operation.CONSULTATION,
                event="subject_access_drafted",
                subjects=(case.subject_id,),
                fields=gathered.field_groups,
                details={"file": str(file_id), "passages": len(gathered.passages)},
                texts={"reason": words},
            )
        )
    return Draft(file_id=file_id, passages=len(gathered.passages))


def release_subject_access(desk: Desk, file_id: UUID, out: Path, release: Release, retention: Retention) -> UUID:
    """Turn a draft, unchanged since it was written, into what the person is given; the draft is destroyed.

    Logged as a disclosure with its reason and recipient. The id of the released file.

    Raises:
        AccessRefused: the person may not, or there is no such draft that they may see.
        BadInput: a passage was not decided on, or twice, or is not there; the draft was changed; nobody or nothing
            was named.
        OutputError: `out` exists already or cannot be written.
    """
    words, recipient = said(release.reason, "The reason of a disclosure"), said(release.recipient, "The recipient")
    refuse_existing(out)
    with _removed_on_error() as made, desk.working("release_subject_access") as work:
        row = _draft(work, file_id)
        case = lock_case(work, row.subject_id)
        content = _read(Path(row.path), row.sha256)
        decided = _decide(content, release)
        with whole_directory(out) as folder:
            _write(folder, decided)
        made.append(out)
        released = _register(work, case, _Outgoing(out=out, recipients=(THE_PERSON,), purpose=words), retention)
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="subject_access_released",
                subjects=(case.subject_id,),
                fields=tuple(str(each) for each in content["field_groups"]),
                recipients=(THE_PERSON,),
                details={
                    "file": str(released),
                    "shown": len(set(release.show)),
                    "withheld": len(set(release.withhold)),
                    "exemptions": _exemptions(content, release),
                },
                texts={"reason": words, "recipient": recipient},
            )
        )
    with desk.working("release_subject_access") as work:
        destroy_registered(work, file_id)
    return released


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outgoing:
    out: Path
    recipients: Sequence[str]
    purpose: str


@contextmanager
def _removed_on_error() -> Generator[list[Path]]:
    """Take back what was written where the store did not keep that it was."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in made:
            shutil.rmtree(path, ignore_errors=True)
        raise


def _register(work: Work, case: Case, outgoing: _Outgoing, retention: Retention) -> UUID:
    found = fingerprint(outgoing.out)
    return register(
        work,
        kind=FileKind.SUBJECT_ACCESS,
        path=outgoing.out,
        sha256=found.sha256,
        size=found.size,
        purpose=outgoing.purpose,
        recipients=outgoing.recipients,
        subjects=[case.subject_id],
        expires_at=retention.file_expires_at(FileKind.SUBJECT_ACCESS, datetime.now(UTC)),
        panel=case.panel_id,
    )


def _draft(work: Work, file_id: UUID) -> Any:
    asked = (
        select(file_register.c.path, file_register.c.sha256, file_person.c.subject_id)
        .join(file_person, file_person.c.file_id == file_register.c.file_id)
        .where(
            file_register.c.file_id == file_id,
            file_register.c.kind == FileKind.SUBJECT_ACCESS.value,
            file_register.c.deleted_at.is_(None),
            func.jsonb_array_length(file_register.c.recipients) == 0,
        )
    )
    row = work.connection.execute(asked).first()
    if row is None:
        raise AccessRefused("There is no such draft that you may see: `mat privacy files` lists them.")
    return row


def _read(path: Path, sha256: str) -> Mapping[str, Any]:
    changed = BadInput("The draft is not as it was written, or gone: make a new one and leave its files alone.")
    if not os.path.lexists(path) or fingerprint(path).sha256 != sha256:
        raise changed
    return cast("Mapping[str, Any]", json.loads((path / CONTENT).read_text(encoding="utf-8")))


def _decide(content: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """The content as it is given out. Nothing in it depends on what was withheld, or on how much."""
    numbers = {int(each["number"]): each for each in content["passages"]}
    decided = [*set(release.show), *set(release.withhold)]
    if unknown := sorted(set(decided) - set(numbers)):
        raise BadInput(f"The draft has no passage {unknown[0]}: it has {len(numbers)}.")
    if twice := sorted(set(release.show) & set(release.withhold)):
        raise BadInput(f"Passage {twice[0]} is to be shown and withheld: decide.")
    if missing := sorted(set(numbers) - set(decided)):
        listed = ", ".join(str(each) for each in missing[:20])
        raise BadInput(
            f"{len(missing)} passages are not decided on ({listed}): read each, then --show or --withhold it."
        )
    shown = {number: str(numbers[number]["text"]) for number in release.show}
    held = {name: _shown_rows(rows, shown) for name, rows in content["held"].items()}
    return {
        "is_draft": False,
        "made_at": datetime.now(UTC).isoformat(),
        "about": content["about"],
        "held": {name: rows for name, rows in held.items() if rows},
        "withheld": content["withheld"],
        "rights": content["rights"],
    }


def _exemptions(content: Mapping[str, Any], release: Release) -> list[str]:
    """Why passages were withheld, for the log alone."""
    return sorted({str(each["exemption"]) for each in content["passages"] if each["number"] in release.withhold})


def _shown_rows(rows: Sequence[Mapping[str, Any]], shown: Mapping[int, str]) -> list[dict[str, Any]]:
    """The rows with their passages; one of which every passage is withheld is left out whole, with its dates."""
    given: list[dict[str, Any]] = []
    for row in rows:
        waiting = {name: cast("dict[str, int]", each) for name, each in row.items() if isinstance(each, dict)}
        passages = {name: each["passage"] for name, each in waiting.items()}
        if passages and shown.keys().isdisjoint(passages.values()):
            continue
        given.append(
            {
                name: shown[passages[name]] if name in passages else each
                for name, each in row.items()
                if name not in passages or passages[name] in shown
            }
        )
    return given


def _write(folder: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False)
    (folder / CONTENT).write_text(text + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(content), encoding="utf-8")
