"""The commands on who may see which case: `mat access`, the part with cases."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from app.commands.access import named
from app.commands.access_case_page import page, read_beside
from app.commands.access_lines import as_plain, lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import Page, done, show_rows
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import Id, read_id, read_word
from app.tasking import conflicts, emergencies, role_grants, shares
from app.tasking.acting_as import acting_as
from app.tasking.case_access import CaseView, list_cases, read_case
from app.tasking.finding import case_named, victim_named
from app.tasking.judging_first import NOT_YET
from app.tasking.role_grants import ROLE_WAITS
from app.tasking.shares import NewShare
from app.tasking.stepping_up import step_up
from mat.errors import AccessRefused, StoreError
from mat.store.vocabulary import Basis
from mat.wording import code_in_words

_SHARES = Page(
    command="access shares",
    name="shares",
    columns={"service": "service", "person": "user", "for": "basis", "from": "from_at", "until": "expires_at"}
    | {"ended": "ended_at", "runs": "is_running", "id": "share_id"},
    empty="The case is shared with nobody.",
)
_CONFLICTS = Page(
    command="access conflicts",
    name="conflicts",
    columns={"case": "case", "person": "user", "declared": "declared_at", "id": "conflict_id"},
    empty="No conflict of interest runs.",
)
_USES = Page(
    command="access reviews",
    name="uses",
    columns={"case": "case", "person": "user", "service": "service", "when": "used_at", "why": "reason"}
    | {"id": "use_id"},
    empty="No emergency use waits for a review.",
)
#: What a notice of a kind says; its id is that of what it is about.
TOLD = {
    emergencies.USED: "Somebody opened a case in an emergency: look into it with `mat access reviews`.",
    "referral_declined": "A referral was declined: `mat referrals answers` with the case says why.",
    "referral_closed": "Work with somebody who was referred has ended: `mat referrals answers` with the case says how.",
    "order_broken": (
        "An order on the suspect of a client of yours was broken: `mat orders list`, then `mat orders breaches ORDER`."
    ),
    "order_served": "An order on the suspect of a client of yours was served: `mat orders list` says which and when.",
    ROLE_WAITS: "A role was proposed, and taken back or ended since.",
    "identity_changed": (
        "The force's records of a person were merged or parted, or a case without an id has the name and birth date of "
        "somebody on the list: look at whose the case is, and say it with `mat cases identify`."
    ),
}


def case(what: str, answering: Answering) -> None:
    """Print what the person may see of one case, and what is kept back and why."""
    with acting_desk(read_settings(answering.config)) as desk:
        view = read_case(desk, case_named(desk, what))
        beside = read_beside(desk, view)
    summary = {"command": "access case", **_as_json(view)}
    tell(summary, list(page(view, beside)), as_json=answering.as_json)


def cases(panel: str, after: str | None, size: int, answering: Answering) -> None:
    """Print a page of the cases of a panel that are open to the person, in the order they were opened."""
    with acting_desk(read_settings(answering.config)) as desk:
        of_panel = named(desk, "panel", panel)
        start = None if after is None else read_id(after, "--after")
        page = list_cases(desk, of_panel, after=start, size=size)
    found = [_as_json(view) for view in page.cases]
    rows = [_brief(view) for view in page.cases]
    sentences = lines(["known as", "name", "place", "id"], rows) or ["No case of this panel is open to you."]
    if page.after is not None:
        sentences.append(f"There are more: go on with --after {page.after}.")
    summary = {"command": "access cases", "cases": found, "after": as_plain(page.after)}
    tell(summary, sentences, as_json=answering.as_json)


def list_shares(what: str, answering: Answering) -> None:
    """Print the shares of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = shares.shares_of(desk, case_named(desk, what))
    show_rows(_SHARES, rows, answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A share as it was typed. `days` None = 28."""

    case: str
    service: str
    basis: str
    reason: str
    user: str | None
    victim: str | None
    days: int | None


def share(typed: Sharing, answering: Answering) -> None:
    """Share a case with a service."""
    with acting_desk(read_settings(answering.config)) as desk:
        subject = case_named(desk, typed.case)
        new = NewShare(
            subject_id=subject,
            service_id=named(desk, "service", typed.service),
            basis=read_word(typed.basis, Basis, "--for"),
            reason=typed.reason,
            user_id=None if typed.user is None else named(desk, "user", typed.user),
            victim_id=None if typed.victim is None else victim_named(desk, subject, typed.victim),
            lasts=None if typed.days is None else timedelta(days=typed.days),
        )
        made = shares.open_share(desk, new)
    days = (new.lasts or shares.USUAL).days
    done("access share", {"share": made, "days": days}, f"Shared for {days} days: {made}.", answering)


def end_share(what: str, reason: str, answering: Answering) -> None:
    """End a share."""
    with acting_desk(read_settings(answering.config)) as desk:
        shares.end_share(desk, read_id(what, Id("SHARE", "access shares")), reason)
    done("access end-share", {"share": what}, "The share has ended, at once.", answering)


def add_client(what: str, victim: str, service: str, answering: Answering) -> None:
    """Say that a victim service supports a victim of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        subject = case_named(desk, what)
        made = shares.add_client(desk, subject, victim_named(desk, subject, victim), named(desk, "service", service))
    done("access add-client", {"client": made}, f"Their people see the case from now: {made}.", answering)


def end_client(what: str, answering: Answering) -> None:
    """Say that a service no longer supports a victim."""
    with acting_desk(read_settings(answering.config)) as desk:
        shares.end_client(desk, read_id(what, Id("CLIENT", "access case")))
    done("access end-client", {"client": what}, "They no longer see the case for that reason.", answering)


def conflict(what: str, reason: str, user: str | None, answering: Answering) -> None:
    """Declare a conflict of interest."""
    with acting_desk(read_settings(answering.config)) as desk:
        whose = None if user is None else named(desk, "user", user)
        made = conflicts.declare_conflict(desk, case_named(desk, what), reason, user_id=whose)
    sentence = "Declared: the case is closed to " + ("you" if user is None else "them") + " from now."
    done("access conflict", {"conflict": made}, sentence, answering)


def end_conflict(what: str, reason: str, answering: Answering) -> None:
    """End somebody else's conflict of interest."""
    with acting_desk(read_settings(answering.config)) as desk:
        conflicts.end_conflict(desk, read_id(what, Id("CONFLICT", "access conflicts")), reason)
    done(
        "access end-conflict",
        {"conflict": what},
        "Ended: the case is open to them again as far as their work goes.",
        answering,
    )


def list_conflicts(answering: Answering) -> None:
    """Print conflicts of interest that run."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = conflicts.running_conflicts(desk)
    show_rows(_CONFLICTS, rows, answering)


def break_glass(person: str, reason: str, answering: Answering) -> None:
    """Open a case in an emergency; the person's id has to be typed again.

    Raises:
        AccessRefused: what was typed again is not the id.
        StoreError: the person was named without their namespace.
    """
    namespace, _, person_id = person.rpartition(":")
    if not namespace:
        raise StoreError("Name the person as NAMESPACE:ID, as the force knows them.")
    with acting_desk(read_settings(answering.config)) as desk:
        print(
            "You open a case you have no share of. The DPO is told at once (the chair and the auditor where there is "
            "none), and your use will be reviewed.\n"
            f"So that no slip opens the wrong case, type the person's id again, {person_id}, and Enter; anything else "
            "opens nothing:",
            file=sys.stderr,
        )
        if sys.stdin.readline().strip() not in {person_id, person}:
            raise AccessRefused(f"What was typed is not {person_id}: nothing was opened.")
        opened = emergencies.use_break_glass(step_up(desk), namespace, person_id, reason)
    sentence = (
        f"The case of {person} is open to you until {said(opened.until)}: `mat access case {person}`. "
        f"{emergencies.told_sentence(opened.told)}, and somebody will ask you about it."
    )
    about = {"case": opened.subject_id, "use": opened.use_id, "until": opened.until}
    done("access break-glass", about, sentence, answering)


def reviews(answering: Answering) -> None:
    """Print emergency uses that wait for a review."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = emergencies.uses(desk)
        reviewing = desk.policy.commands["review_break_glass"]
        is_reviewer = any(held.role in reviewing for held in acting_as(desk).roles)
    after = ["Say what you found with `mat access review ID --finding TEXT`."] if rows and is_reviewer else []
    show_rows(_USES, rows, answering, further=after)


def review(use: str, finding: str, answering: Answering) -> None:
    """Say what a review found."""
    with acting_desk(read_settings(answering.config)) as desk:
        emergencies.review(desk, read_id(use, Id("USE", "access reviews")), finding)
    done("access review", {"use": use}, "Reviewed.", answering)


def notices(answering: Answering) -> None:
    """Print what the person's roles must be told of; it counts as read."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = emergencies.read_notices(desk)
        of_roles = any(each.kind == ROLE_WAITS for each in rows)
        waiting = {each.grant_id: each for each in role_grants.grants(desk)} if of_roles else {}
    told = list(dict.fromkeys(_told(each, waiting.get(each.about_id)) for each in rows))
    summary = {"command": "access notices", "notices": as_plain([asdict(each) for each in rows])}
    tell(summary, told or ["There is nothing new you must be told of."], as_json=answering.as_json)


def _told(notice: emergencies.Notice, grant: role_grants.Grant | None) -> str:
    what = TOLD.get(notice.kind, code_in_words(notice.kind))
    if grant is not None:
        state = "waits for a second person" if grant.confirmed_by is None else "has been confirmed"
        role = said(grant.role)
        what = f"{grant.user}, proposed as {role} by {grant.proposer}, {state}: `mat access roles` says why."
    return f"{said(notice.told_at)}  {what}  ({notice.about_id})"


def _as_json(view: CaseView) -> dict[str, object]:
    return {
        "case": str(view.subject_id),
        "shown": as_plain(view.shown),
        "not_shown": [{"group": each.group, "why": each.why} for each in view.not_shown],
    }


def _brief(view: CaseView) -> Mapping[str, object]:
    identity = view.shown.get("subject_identity", {})
    ids = [f"{row['namespace']}:{row['person_id']}" for row in identity.get("subject_alias", ())]
    names = [f"{row['forename'] or ''} {row['surname'] or ''}".strip() for row in identity.get("subject_identity", ())]
    places = [_place(row) for row in view.shown.get("rank_band", {}).get("list_place", ())]
    if any(each.why == NOT_YET for each in view.not_shown):
        places = ["not before you judge"]
    return {
        "known as": ", ".join(ids) or None,
        "name": ", ".join(names) or None,
        "place": ", ".join(places) or None,
        "id": view.subject_id,
    }


def _place(row: Mapping[str, Any]) -> str:
    if row["hold"] is not None:
        return f"held: {code_in_words(str(row['hold']))}"
    return f"{row['rank']}, listed" if row["is_listed"] else str(row["rank"])
