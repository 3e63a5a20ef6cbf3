"""Lists of a panel for tests, written straight into the store: who stands where, and who is held."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

import pytest

from mat.store.tables import audit, lists
from tests.staff import Staff

AS_OF = date(2026, 4, 1)


@dataclass(frozen=True, kw_only=True)
class ListMaker:
    """Makes lists on a store with staff."""

    staff: Staff

    def run(self, *, panel: str = "A", as_of: date = AS_OF, imported_at: datetime | None = None, **given: Any) -> UUID:
        """An imported run without anybody on it."""
        now = datetime.now(UTC)
        values: dict[str, Any] = {
            "panel_id": self.staff.panels[panel],
            "namespace": "force",
            "as_of": as_of,
            "extracted_at": datetime(as_of.year, as_of.month, as_of.day),
            "model": "rfgv",
            "model_version": "1",
            "definitions_version": "1",
            "scale": "count",
            "seats": 20,
            "people": 0,
            "held": 0,
            "is_synthetic": True,
            "content_hash": f"{panel}-{as_of}-{now.isoformat()}",
            "imported_at": imported_at or now,
            "imported_by": self.staff.founder_id,
            "expires_at": now + timedelta(days=365),
        }
        return self.staff.row(lists.list_run, **{**values, **given})

    def ranked(self, run: UUID, subjects: Sequence[UUID], *, seats: int = 20, first: int = 1) -> None:
        """Places one after another from `first`, with a score and a reason each."""
        for rank, subject in enumerate(subjects, start=first):
            self.place(run, subject, rank=rank, is_listed=rank <= seats, rank_low=rank, rank_high=rank)

    def held(self, run: UUID, subject: UUID, *holds: str, held_rank: int = 1) -> None:
        """A place of somebody whom one or more holds keep off the list."""
        self.place(run, subject, rank=None, is_listed=False, held_rank=held_rank, hold=holds[0], holds=list(holds))

    def place(
        self,
        run: UUID,
        subject: UUID,
        *,
        score: float | None = None,
        reasons: Sequence[str] = ("because",),
        **given: Any,
    ) -> None:
        """A row of the list, with a score and its reasons, as sentences."""
        values: dict[str, Any] = {
            "rank": None, "is_listed": False, "held_rank": None, "tied": False, "rank_low": None, "rank_high": None,
            "hold": None, "holds": [], "flags": [], "data_gaps": [], "standing": [], "compared": None,
        }  # fmt: skip
        found = {**values, **given}
        points = score if score is not None else 100.0 - (found["rank"] or found["held_rank"] or 0)
        self.staff.row(lists.list_place, subject, run_id=run, **found)
        feature = {"feature": "da_suspect_count_365d"}
        self.staff.row(lists.list_score, subject, run_id=run, score=points, points=[{**feature, "points": points}])
        sentences = dict(zip_longest(("reason_1", "reason_2", "reason_3"), reasons))
        self.staff.row(lists.list_reason, subject, run_id=run, reasons=[{**feature, "value": "3"}], **sentences)

    def reciprocal(self, run: UUID, subject: UUID, victim: UUID) -> None:
        """The subject and a counterpart are recorded against each other."""
        self.staff.row(
            lists.dyad, subject, run_id=run, victim_id=victim, subject_is="suspect", relationship=None,
            incident_count=1, crime_count=1, harm=1.0, first_on=AS_OF, last_on=AS_OF, is_reciprocal=True,
        )  # fmt: skip

    def put_forward(self, run: UUID, subject: UUID, *, agency: str = "Housing", reason: str = "worried") -> None:
        """A partner's nomination that came with the extract."""
        self.staff.row(
            lists.partner_nomination, subject, run_id=run, nomination_id="N1", agency=agency,
            nominated_at=datetime(2026, 3, 1), reason=reason,
        )  # fmt: skip


def events_of(staff: Staff, name: str) -> list[Mapping[str, Any]]:
    """The bodies of the log's events of that name, oldest first."""
    bodies = [json.loads(row["body"]) for row in sorted(staff.all_of(audit.audit_event), key=lambda row: row["seq"])]
    return [body for body in bodies if body["event"] == name]


def log_of(staff: Staff) -> str:
    """Every body of the log, as text."""
    return "\n".join(row["body"] for row in staff.all_of(audit.audit_event))


def under(model: str = "rfgv", /, **ranks: int | None) -> list[dict[str, object]]:
    """What a place keeps of the lists compared: a rank by scale, of one model."""
    return [{"model": model, "scale": scale, "rank": rank} for scale, rank in ranks.items()]


@pytest.fixture
def maker(staff: Staff) -> ListMaker:
    """Lists of a panel, with nobody on them yet."""
    return ListMaker(staff=staff)
