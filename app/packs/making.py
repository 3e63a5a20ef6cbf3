"""Every document of a meeting, made whole: read in the session of whoever asks, set, and described for its leaving."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.packs.lists import action_sheet, candidate_sheet
from app.packs.minutes_content import set_minutes
from app.packs.pack_content import Copy, set_pack
from app.tasking.acting_as import acting_as
from app.tasking.nominating.candidates import list_candidates
from app.tasking.packs import actions, minutes, pack
from app.tasking.packs.leaving import Document
from mat.store.vocabulary import FileKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk

PDF = "application/pdf"
CANDIDATES = "make_candidate_list"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 200


def pack_document(desk: Desk, meeting_id: UUID, service_id: UUID) -> Document:
    """The pack of a meeting for a service; as `pack.pack_for`."""
    found = pack.pack_for(desk, meeting_id, service_id)
    copy = _copy(desk, found.service, found.made_at)
    return Document(
        name=f"pack {_day(found.meeting.starts_at)} {_plain(found.service)}.pdf",
        media_type=PDF,
        content=set_pack(found, copy).content,
        kind=FileKind.PACK,
        command=pack.COMMAND,
        subjects=[each.item.subject_id for each in found.cases],
        fields=found.groups,
        panel_id=found.meeting.panel_id,
        recipient_id=found.service_id,
        recipient=found.service,
        copy=copy.number,
    )


def minutes_document(desk: Desk, meeting_id: UUID, service_id: UUID) -> Document:
    """The minutes of a meeting for a service; as `minutes.minutes_for`."""
    found = minutes.minutes_for(desk, meeting_id, service_id)
    copy = _copy(desk, found.service, found.made_at)
    return Document(
        name=f"minutes {_day(found.minutes.meeting.starts_at)} {_plain(found.service)}.pdf",
        media_type=PDF,
        content=set_minutes(found, copy).content,
        kind=FileKind.EXPORT,
        command=minutes.COMMAND,
        subjects=[each.subject_id for each in found.minutes.cases],
        fields=found.fields,
        panel_id=found.minutes.meeting.panel_id,
        recipient_id=found.service_id,
        recipient=found.service,
        copy=copy.number,
    )


def action_document(desk: Desk, panel_id: UUID, service_id: UUID) -> Document:
    """The actions of a panel area that are not closed, and that a service owns, as a workbook for it."""
    found = actions.actions_for(desk, panel_id, service_id)
    copy = _copy(desk, found.service, found.made_at)
    return Document(
        name=f"actions {_day(found.made_at)} {_plain(found.service)}.xlsx",
        media_type=XLSX,
        content=action_sheet(found.actions, found.names, copy, is_demonstration=desk.store.is_demonstration),
        kind=FileKind.EXPORT,
        command=actions.COMMAND,
        subjects=sorted({each.subject_id for each in found.actions}),
        fields=actions.GROUPS,
        panel_id=panel_id,
        recipient_id=service_id,
        recipient=found.service,
        copy=copy.number,
    )


def candidate_document(desk: Desk, panel_id: UUID) -> Document:
    """The candidates of a panel area as a workbook for the acting person's own service, as they may see them."""
    found = list_candidates(desk, panel_id, size=_MOST)
    every = list(found.candidates)
    after = found.after
    while after is not None:
        page = list_candidates(desk, panel_id, after=after, size=_MOST)
        every.extend(page.candidates)
        after = page.after
    now, service = datetime.now(UTC), acting_as(desk).service
    copy = _copy(desk, service, now)
    return Document(
        name=f"candidates {_day(now)}.xlsx",
        media_type=XLSX,
        content=candidate_sheet(
            replace(found, candidates=every, after=None), copy, is_demonstration=desk.store.is_demonstration
        ),
        kind=FileKind.EXPORT,
        command=CANDIDATES,
        subjects=sorted(each.subject_id for each in every),
        fields=(
            "judgements", "narrative", "nominations", "panel_record", "subject_identity",
            *(("rank_band",) if any(each.place is not None for each in every) else ()),
        ),
        panel_id=panel_id,
        recipient_id=desk.scope.service_id,
        recipient=service,
        copy=copy.number,
        is_read_as_recipient=False,
    )  # fmt: skip


def _copy(desk: Desk, recipient: str, made_at: datetime) -> Copy:
    return Copy(number=secrets.token_hex(4), recipient=recipient, made_by=acting_as(desk).user, made_at=made_at)


def _day(of: datetime | date) -> str:
    return f"{of:%Y-%m-%d}"


def _plain(name: str) -> str:
    """A name as a part of a file's name."""
    return "".join(each if each.isascii() and (each.isalnum() or each == " ") else "" for each in name).strip()[:60]
