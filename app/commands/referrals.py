"""The commands of behaviour change: what the panel does with referrals, and what both sides read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from app.commands.access_lines import as_plain, lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import Page, done, plain, show_page
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import Id, read_day, read_id, read_word
from app.tasking.changing import alerts, caseload, referrals
from app.tasking.changing import capacity as places_of
from app.tasking.changing.caseload import Wanted, WholeReferral
from app.tasking.changing.referrals import NewReferral
from app.tasking.changing.totals import Totals
from app.tasking.changing.totals import totals as totals_of
from app.tasking.desk import Desk
from app.tasking.eligibility import Eligibility, load_eligibility
from app.tasking.finding import case_named, find
from app.tasking.programmes import Programme, load_programmes, title_of
from app.wording import printable
from governance.retention import local_day
from mat.errors import BadInput
from mat.store.panel_vocabulary import AgeBand, AlertKind, Pathway, ReferralState, SexStream
from mat.wording import code_in_words

REFERRAL = Id("REFERRAL", "referrals list")
REFERRALS = Page(
    command="referrals list",
    name="referrals",
    columns={"case": "case", "service": "service", "pathway": "pathway", "tier": "tier", "state": "state"}
    | {"received": "received_on", "days waited": "days_waited", "usual": "clock_days", "review": "share_review_on"}
    | {"": "review", "new alerts": "new_alerts", "id": "referral_id"},
    empty="No such referral is open to you.",
)
_LOADS = Page(
    command="referrals capacity",
    name="tiers",
    columns={"tier": "title", "pathway": "pathway", "places": "places", "with them": "caseload", "waiting": "waiting"}
    | {"mean days so far": "mean_wait_days", "usual": "clock_days"},
    empty="The programmes name no tier.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Referring:
    """A referral as it was typed. None = as the case says."""

    case: str
    service: str
    consented: str
    reason: str
    pathway: str
    partner_offered: bool
    age_band: str | None
    sex_stream: str | None
    children: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which referrals were asked for, as typed. None = any."""

    service: str | None
    case: str | None
    pathway: str | None
    state: str | None
    everything: bool
    review_due: bool
    after: str | None
    size: int


def service_named(desk: Desk, named: str) -> UUID:
    """The id of the service that was typed.

    Raises:
        StoreError: there is none, or there are several.
    """
    with desk.store.transaction(desk.scope) as connection:
        return find(connection, "service", named)


def refer(typed: Referring, answering: Answering) -> None:
    """Refer somebody."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewReferral(
            subject_id=case_named(desk, typed.case),
            service_id=service_named(desk, typed.service),
            pathway=read_word(typed.pathway, Pathway, "--pathway"),
            consented_on=read_day(typed.consented, "--consent"),
            reason=typed.reason,
            is_partner_offered=typed.partner_offered,
            age_band=None if typed.age_band is None else read_word(typed.age_band, AgeBand, "--age-band"),
            sex_stream=None if typed.sex_stream is None else read_word(typed.sex_stream, SexStream, "--sex-stream"),
            children_affected=None if typed.children is None else _yes_or_no(typed.children),
        )
        made = referrals.refer(desk, new)
    sentence = f"Referred: {made}. The service sees the referral, and who it is only once it has accepted."
    done("referrals refer", {"referral": made}, sentence, answering)


def partner_offered(referral: str, version: int | None, answering: Answering) -> None:
    """Say that support was offered."""
    with acting_desk(read_settings(answering.config)) as desk:
        referrals.note_partner_offered(desk, read_id(referral, REFERRAL), version=version)
    done("referrals partner-offered", {"referral": referral}, "Written down: they may start.", answering)


def review_share(referral: str, reason: str, end: bool, version: int | None, answering: Answering) -> None:
    """Review the share of a referral."""
    with acting_desk(read_settings(answering.config)) as desk:
        due_on = referrals.review_share(desk, read_id(referral, REFERRAL), reason, is_needed=not end, version=version)
    sentence = "The service no longer sees the case." if end else "The service goes on seeing the case."
    done(
        "referrals review-share",
        {"referral": referral, "next_on": due_on},
        f"{sentence} The next review is due on {due_on}.",
        answering,
    )


def list_them(typed: Listing, answering: Answering) -> None:
    """Print a page of referrals."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        wanted = Wanted(
            service_id=None if typed.service is None else service_named(desk, typed.service),
            subject_id=None if typed.case is None else case_named(desk, typed.case),
            pathway=None if typed.pathway is None else read_word(typed.pathway, Pathway, "--pathway"),
            state=None if typed.state is None else read_word(typed.state, ReferralState, "--state"),
            is_open=not typed.everything,
            is_review_due=typed.review_due,
        )
        after = None if typed.after is None else read_id(typed.after, "--after")
        page = caseload.list_referrals(desk, wanted, after=after, size=typed.size)
    found = REFERRALS if not typed.review_due else replace(REFERRALS, empty="No share of a referral is due for review.")
    programmes = load_programmes(settings.programmes)
    named = [replace(each, tier=_tier(programmes, each.tier)) for each in page.referrals]
    show_page(found, page.referrals if answering.as_json else named, answering, after=page.after)


def show_one(referral: str, answering: Answering) -> None:
    """Print one referral, whole."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        whole = caseload.read_referral(desk, read_id(referral, REFERRAL))
    summary = {"command": "referrals show", "referral": plain(whole)}
    tell(summary, list(_whole(whole, load_programmes(settings.programmes))), as_json=answering.as_json)


def answers(what: str, answering: Answering) -> None:
    """Print what services said of the referrals of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = caseload.answers_about(desk, case_named(desk, what))
    sentences = [
        f"{said(each.answered_at)}  {each.service}: "
        + said(each.answer)
        + ("" if each.closure is None else f", {said(each.closure)}")
        + f". {printable(each.reason)}"
        + "".join(f"\n    {rule}" for rule in each.rules)
        for each in found
    ]
    summary = {"command": "referrals answers", "answers": [plain(each) for each in found]}
    tell(summary, sentences or ["No service has declined or closed a referral of them."], as_json=answering.as_json)


def rules(pathway: str | None, answering: Answering) -> None:
    """Print the eligibility rules."""
    eligibility = load_eligibility(read_settings(answering.config).eligibility)
    asked = list(Pathway) if pathway is None else [read_word(pathway, Pathway, "--pathway")]
    found = {each: _rules(eligibility, each) for each in asked}
    sentences = [
        line
        for each, shown in found.items()
        for line in (f"{each.value} pathway:", *lines(["rule", "question", "answered by", "override", "source"], shown))
    ]
    summary = {"command": "referrals rules", "version": eligibility.version, "rules": as_plain(found)}
    tell(summary, sentences, as_json=answering.as_json)


def totals(service: str, from_on: str | None, to_on: str | None, answering: Answering) -> None:
    """Print what became of the referrals to a service."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        found = totals_of(
            desk,
            service_named(desk, service),
            from_on=None if from_on is None else read_day(from_on, "--from"),
            to_on=None if to_on is None else read_day(to_on, "--to"),
        )
    programmes = load_programmes(settings.programmes)
    summary = {"command": "referrals totals", "pathways": [plain(each) for each in found]}
    tell(summary, [line for each in found for line in _totals(each, programmes)], as_json=answering.as_json)


def capacity(service: str, answering: Answering) -> None:
    """Print how full a service is."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = places_of.load_of(desk, service_named(desk, service))
    show_page(_LOADS, [_rounded(each) for each in found] if not answering.as_json else found, answering)


def set_capacity(service: str, tier: str, places: int, from_on: str | None, answering: Answering) -> None:
    """Set the places of a tier."""
    day = local_day(datetime.now(UTC)) if from_on is None else read_day(from_on, "--from")
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        places_of.set_capacity(desk, service_named(desk, service), tier, places, day)
    about = {"tier": tier, "places": places, "from": day}
    title = title_of(load_programmes(settings.programmes), tier)
    done("referrals set-capacity", about, f"{title} has {places} places from {day}.", answering)


def alert(referral: str, kind: str, on: str, answering: Answering) -> None:
    """Tell the service of a change of risk."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = alerts.raise_alert(
            desk, read_id(referral, REFERRAL), read_word(kind, AlertKind, "--kind"), read_day(on, "--on")
        )
    done("referrals alert", {"alert": made}, f"The service is told the kind and the day: {made}.", answering)


def _yes_or_no(typed: str) -> bool:
    if typed not in {"yes", "no"}:
        raise BadInput(f"--children should be yes or no, not '{typed}'.")
    return typed == "yes"


def _rules(eligibility: Eligibility, pathway: Pathway) -> Sequence[Mapping[str, object]]:
    return [
        {
            "rule": each.code,
            "question": each.question,
            "answered by": "the service" if each.known_from.value == "asked" else "the referral itself",
            "override": "with a reason" if each.may_override else "never",
            "source": each.source,
        }
        for each in eligibility.rules_for(pathway)
    ]


def _tier(programmes: Mapping[str, Programme], tier: str | None) -> str | None:
    return None if tier is None else title_of(programmes, tier)


def _whole(whole: WholeReferral, programmes: Mapping[str, Programme]) -> Iterator[str]:
    line = whole.line
    programme = said(_tier(programmes, line.tier) or "no programme yet")
    yield f"{line.case}: {said(line.pathway)}, {said(line.state)}" + (
        "" if line.closure is None else f" ({said(line.closure)})"
    )
    yield (
        f"{line.service}; {programme}; {said(line.age_band)}, {said(line.sex_stream)}; children affected: "
        f"{said(line.children_affected)}; support offered to the partner: {said(line.is_partner_offered)}"
    )
    yield f"Agreed on {whole.consented_on}, received {line.received_on}: {printable(whole.reason)}"
    if line.days_waited is not None:
        usual = "" if line.clock_days is None else f", usual for the tier: {line.clock_days}"
        yield f"Days from receipt to the start, or to today: {line.days_waited}{usual}."
    if line.review is not None:
        yield f"The share is reviewed on {line.share_review_on} ({said(line.review)})."
    if whole.agreed_risk is not None:
        yield f"Agreed risk summary: {printable(whole.agreed_risk)}"
    if whole.answer is not None:
        yield f"Last answer: {printable(whole.answer)}"
    for rule in whole.rules:
        failing = f" {rule.fails}" if rule.answer.value == "not_met" else ""
        why = "" if rule.override_reason is None else f" {printable(rule.override_reason)}"
        yield f"  rule {rule.code}: {said(rule.answer)}.{failing}{why}"
    for each in whole.history:
        note = "" if each.note is None else f" {printable(each.note)}"
        yield f"  {said(each.occurred_at)}  {code_in_words(each.event)} ({printable(each.by)}){note}"
    for told in whole.alerts:
        yield f"  ! {told.happened_on}  {said(told.kind)}" + (
            "" if told.seen_at else f"  not seen yet: {told.alert_id}"
        )


def _totals(found: Totals, programmes: Mapping[str, Programme]) -> Iterator[str]:
    yield (
        f"{found.pathway.value}: {found.received} received = {found.accepted} accepted + {found.declined} declined + "
        f"{found.open} open; {found.again} of them follow an earlier referral."
    )
    ways = ", ".join(f"{number} {said(closure)}" for closure, number in found.closed.items())
    yield f"  {found.accepted} accepted = {found.under_way} under way + closed: {ways}."
    for wait in found.waits:
        mean = "nobody started" if wait.mean_days is None else f"{wait.started} started after {wait.mean_days:.0f} days"
        usual = "" if wait.clock_days is None else f" (usual: {wait.clock_days})"
        yield f"  {title_of(programmes, wait.tier)}: {mean}{usual}."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    title: str
    pathway: str
    places: int | None
    caseload: int
    waiting: int
    mean_wait_days: str | None
    clock_days: int | None


def _rounded(load: places_of.TierLoad) -> _Load:
    return _Load(
        title=load.title,
        pathway=load.pathway.value,
        places=load.places,
        caseload=load.caseload,
        waiting=load.waiting,
        mean_wait_days=None if load.mean_wait_days is None else f"{load.mean_wait_days:.0f}",
        clock_days=load.clock_days,
    )
