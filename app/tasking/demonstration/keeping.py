"""The last scenes: what was disclosed, an emergency, what people ask of their data, and those who watch over it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.tasking.acting_on.actions import confirm_action, finish_action, start_action
from app.tasking.acting_on.due import my_work
from app.tasking.case_access import read_case
from app.tasking.changing.disclosures import NewDisclosure, confirm_return, disclose, recall, register
from app.tasking.demonstration.cast import HOUSING
from app.tasking.emergencies import read_notices, review, use_break_glass, uses
from app.tasking.legal_holds import place
from app.tasking.log_reading import verify_log
from app.tasking.log_searching import search_log
from app.tasking.nominating.candidates import list_candidates
from app.tasking.requests import Asked, answer_request, record_request
from app.tasking.runs.listing import list_runs
from app.tasking.stepping_up import step_up
from governance.audit_search import Wanted
from governance.retention import load_retention
from mat.errors import StoreError
from mat.store.vocabulary import LegalHoldKind, Operation, RequestAbout, RequestKind, RequestOutcome, UserRole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from app.tasking.demonstration.month import Month
    from app.tasking.desk import Desk


def disclose_and_recall(month: Month) -> None:
    """The register: to an agency, to somebody outside, to a person behind the safety gate; recalled, and back."""
    kim = month.cast.coordinator
    _disclose(
        month, "tenant", "crime_and_disorder", "The tenancy manager acts for the panel.", ["Tenancy manager, housing"],
        "Which incidents happened at the flat, by month.", 60, service=HOUSING,
    )  # fmt: skip
    _disclose(
        month, "father", "safeguarding_of_children", "The school sees the children every day.",
        ["Head of safeguarding, Practise Primary School"], "Who may collect the children.", 5,
    )  # fmt: skip
    wrong = _disclose(
        month, "drinker", "policing_purpose", "Asked for by a licensing officer.", ["Licensing officer"],
        "That the suspect is known to the panel.", 20,
    )  # fmt: skip
    recall(kim, wrong, "It was the wrong licensee: please destroy it and say so.")
    back = _disclose(
        month,
        "released",
        "mappa",
        "For the level 2 meeting.",
        ["MAPPA coordinator"],
        "The conditions of the licence.",
        14,
    )
    recall(kim, back, "The meeting is over.")
    confirm_return(kim, back, "The coordinator's message of this morning: deleted.")
    telling = month.actions["new_partner", "right_to_know"]
    words = "What the scheme allows: two relationships in which abuse was recorded."
    month.refused(
        "Kim registers that the new partner was told, without an action behind it",
        lambda: _disclose(month, "new_partner", "right_to_know", "At risk of harm.", ["The new partner"], words, 28),
    )
    start_action(kim, telling)
    _disclose(
        month, "new_partner", "right_to_know", "At risk of harm, and does not know.", ["The new partner, in person"],
        words, 28, action=telling,
    )  # fmt: skip
    finish_action(kim, telling, "Told in person, with a worker of Haven; they know whom to call.")
    confirm_action(month.cast.chair, telling)
    found = register(kim).disclosures
    states = ", ".join(sorted(f"{each.state.value}" for each in found))
    month.tell(f"{len(found)} disclosures stand in the register: {states}.")


def break_the_glass(month: Month) -> None:
    """Two emergencies: the data protection officer is told at once; one is reviewed, the other waits."""
    dana = month.cast.dpo
    for desk, key, reason in (
        (
            month.cast.housing,
            "excluded",
            "The suspect stands at the counter and asks for a former partner's new address.",
        ),
        (month.cast.probation, "received", "A hostel asks tonight whether it is safe to take this person in."),
    ):
        namespace, _, person_id = month.name(key).partition(":")
        proven = step_up(desk)
        use_break_glass(proven, namespace, person_id, reason)
        read_case(proven, month.cases[key])
    told, waiting = len(read_notices(dana)), list(uses(dana))
    review(
        dana, waiting[0].use_id, "Justified: nothing else could be done within the hour, and only the case was read."
    )
    month.tell(
        f"Dana is told of {len(waiting)} emergency uses among {told} notices, reviews one; one waits for a review."
    )


def answer_people(month: Month) -> None:
    """Somebody challenges their place, somebody else was right about a record, and a case must be kept."""
    kim, dana = month.cast.coordinator, month.cast.dpo
    retention = load_retention(kim.store.settings.retention)
    challenge = Asked(
        kind=RequestKind.CHALLENGE, about=RequestAbout.PLACE, received_at=month.ago(days=12),
        statement="I am on a list because of my brother's calls.",
    )  # fmt: skip
    record_request(kim, month.cases["received"], challenge, retention)
    access = Asked(kind=RequestKind.ACCESS, received_at=month.ago(days=26), statement="What do you hold about me?")
    record_request(kim, month.cases["calmer"], access, retention)
    wrong = Asked(
        kind=RequestKind.RECTIFICATION, received_at=month.ago(days=3), statement="My name is spelt with one t.",
    )  # fmt: skip
    answered = record_request(kim, month.cases["withdrawn"], wrong, retention)
    answer_request(dana, answered.request_id, RequestOutcome.UPHELD, "You were right; it has been put right at source.")
    place(dana, month.cases["ordered"], LegalHoldKind.LITIGATION, "The breach is before a court.")
    month.tell(
        "A challenge and a request for access are open, a correction is upheld, and one case is held for a court."
    )


def look_in(month: Month) -> None:
    """Each looks at what waits for them; the auditor at who saw what; the log is verified."""
    cast = month.cast
    for who, desk in (("Kim", cast.coordinator), ("Hanna", cast.housing), ("Ivy", cast.support), ("Chris", cast.chair)):
        work = my_work(desk)
        month.tell(
            f"{who}: {len(work.actions)} actions due soon, {len(work.awaiting)} to confirm, {len(work.research)} "
            f"questions, {len(work.checks)} to ask whether it is safe, {len(work.gates)} at the gate, "
            f"{len(work.holds)} holds, {len(work.orders)} orders whose clock is near or over."
        )
    page = list_candidates(cast.housing, cast.panel_id, size=200)
    month.tell(f"Hanna sees {len(page.candidates)} of the candidates: those that are on an agenda.")
    list_runs(cast.desks[UserRole.MODEL_OWNER])
    month.refused(
        f"Moira, who answers for the model, asks who {month.name('tenant')} is",
        lambda: _read_identity(cast.desks[UserRole.MODEL_OWNER], month.cases["tenant"]),
    )
    seen = search_log(cast.auditor, Wanted(subject=month.cases["tenant"]))
    overridden = search_log(cast.auditor, Wanted(operation=Operation.OVERRIDE)).height
    month.tell(
        f"Aubrey, who audits, finds {seen.height} events about the case of {month.name('tenant')}, by its own id, "
        f"and {overridden} overrides."
    )
    report = verify_log(cast.auditor, given=[], public_key=None)
    if report.is_damaged:
        raise StoreError("The log does not hold after the month: keep everything as it is, and see `mat audit verify`.")
    month.tell(f"The log holds: {report.size:,} events, every one as it was written and in its place.")


def _read_identity(desk: Desk, case: UUID) -> None:
    """Read who somebody is, or be refused; who may see the case and not this finds nothing shown."""
    view = read_case(desk, case, groups={"subject_identity"})
    if "subject_identity" not in view.shown:
        raise StoreError(next(each.why for each in view.not_shown if each.group == "subject_identity"))


def _disclose(  # noqa: PLR0917 - the lines of one entry
    month: Month,
    key: str,
    gateway: str,
    necessity: str,
    recipients: Sequence[str],
    what: str,
    days: int,
    *,
    service: str | None = None,
    action: UUID | None = None,
) -> UUID:
    new = NewDisclosure(
        subject_id=month.cases[key],
        gateway=gateway,
        necessity=necessity,
        recipients=recipients,
        what=what,
        field_groups=["risk_summary"],
        expires_on=month.day(days),
        service_id=None if service is None else month.cast.services[service],
        action_id=action,
    )
    return disclose(month.cast.coordinator, new)
