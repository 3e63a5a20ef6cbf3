"""Who may see which row, worked out by hand from `access.toml` and the rules that hold whatever the basis.

Shares no code with the service layer's decision nor with the database's rules; it reads the policy file for itself.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from mat.store.tables import cases, people, privacy
from tests.staff import Staff

Row = Mapping[str, Any]
POLICY: dict[str, Any] = tomllib.loads((files("governance") / "access.toml").read_text(encoding="utf-8"))
GROUP_OF: dict[str, str] = {table: name for name, group in POLICY["groups"].items() for table in group["tables"]}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody at work in one service. `held`: roles, each with its panel; None = all."""

    user: UUID
    service: UUID
    held: frozenset[tuple[str, UUID | None]]


@dataclass(kw_only=True)
class World:
    """What is true in a store at a moment, read past row-level security."""

    now: datetime
    subjects: dict[UUID, Row]
    agency_of: dict[UUID, UUID]
    by_case: dict[str, dict[UUID, list[Row]]] = field(default_factory=dict[str, dict[UUID, list[Row]]])

    @classmethod
    def of(cls, staff: Staff) -> World:
        """The world of a store as it is now."""
        world = cls(
            now=datetime.now(UTC),
            subjects={row["subject_id"]: row for row in staff.all_of(cases.subject)},
            agency_of={row["service_id"]: row["agency_id"] for row in staff.all_of(people.service)},
        )
        for table in (people.share, cases.client, people.conflict, privacy.restriction):
            found: dict[UUID, list[Row]] = defaultdict(list)
            for row in staff.all_of(table):
                found[row["subject_id"]].append(row)
            world.by_case[table.name] = found
        return world

    def of_case(self, table: str, case: UUID) -> list[Row]:
        return self.by_case[table].get(case, [])


def may(actor: Actor, world: World, table: str, row: Row, deed: str = "read", *, is_new: bool = False) -> bool:
    """Whether the actor may do the deed with this row of a table.

    A row that `is_new` may be added to a sensitive case by who cannot see it, as an import does.
    """
    group = POLICY["groups"][GROUP_OF[table]]
    case = world.subjects[row["subject_id"]]
    is_closed = closed(actor, world, {**case, "is_sensitive": case["is_sensitive"] and not is_new})
    is_own = (
        deed == "read" and bool(actor.held or group.get("own") == "user") and _names(actor, group.get("own", ""), row)
    )
    if is_closed:
        return is_own and group.get("own_when_closed", False)
    return is_own or any(
        _covers(actor, world, group, share, row)
        for role, panel in actor.held
        for share in _grounds(actor, world, case, panel)
        if share["basis"] in group.get(deed, {}).get(role, [])
    )


def closed(actor: Actor, world: World, case: Row) -> bool:
    """Whether the case is closed to the actor whatever they hold."""
    subject = case["subject_id"]
    if any(each["user_id"] == actor.user and each["ended_at"] is None for each in world.of_case("conflict", subject)):
        return True
    is_restricted = any(
        each["from_at"] <= world.now and (each["to_at"] is None or each["to_at"] > world.now)
        for each in world.of_case("restriction", subject)
    )
    return (is_restricted and not _has(actor, "dpo", case)) or (
        case["is_sensitive"] and not _has(actor, "named_reviewer", case)
    )


def _has(actor: Actor, wanted: str, case: Row) -> bool:
    return any(role == wanted and panel in {None, case["panel_id"]} for role, panel in actor.held)


def _grounds(actor: Actor, world: World, case: Row, panel: UUID | None) -> list[dict[str, Any]]:
    """On what a role held for `panel` reaches the case."""
    is_here = panel is None or panel == case["panel_id"]
    found: list[dict[str, Any]] = [{"basis": "panel"}] if is_here else []
    for share in world.of_case("share", case["subject_id"]):
        is_for_them = share["service_id"] == actor.service and share["user_id"] in {None, actor.user}
        runs = share["ended_at"] is None and share["from_at"] <= world.now < share["expires_at"]
        if is_for_them and runs and (is_here or share["basis"] == "break_glass"):
            found.append({"basis": share["basis"], "victim": share["victim_id"]})
    clients = world.of_case("client", case["subject_id"]) if is_here else []
    own = [each for each in clients if each["service_id"] == actor.service and each["ended_at"] is None]
    return [*found, *({"basis": "client", "victim": each["victim_id"]} for each in own)]


def _covers(actor: Actor, world: World, group: Mapping[str, Any], ground: Mapping[str, Any], row: Row) -> bool:
    basis = ground["basis"]
    if basis in group.get("victims_named_on", []) and row["victim_id"] != ground["victim"]:
        return False
    if basis in group.get("own_service_on", []) and row["service_id"] != actor.service:
        return False
    own_agency = world.agency_of[actor.service]
    return basis not in group.get("own_agency_on", []) or world.agency_of[row["service_id"]] == own_agency


def _names(actor: Actor, whom: str, row: Row) -> bool:
    if whom == "user":
        return bool(row["user_id"] == actor.user)
    return whom == "service" and row["service_id"] == actor.service and row["user_id"] in {None, actor.user}
