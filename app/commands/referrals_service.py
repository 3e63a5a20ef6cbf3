"""The commands of a behaviour-change service: triage, the course of a programme and its end, changes of risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from app.commands.access_lines import lines
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import Page, done, show_page
from app.commands.reading import read_settings
from app.commands.referrals import REFERRAL
from app.commands.telling import tell
from app.commands.typed import read_day, read_id, read_word
from app.tasking.changing import alerts as changes
from app.tasking.changing import course, triage
from app.tasking.changing.triage import Declined
from app.tasking.programmes import load_programmes, title_of
from governance.retention import local_day
from mat.errors import BadInput
from mat.store.panel_vocabulary import Closure, RuleAnswer
from mat.wording import code_in_words

_ALERTS = Page(
    command="referrals alerts",
    name="alerts",
    columns={"case": "case", "service": "service", "what": "kind", "on": "happened_on", "told": "raised_at"}
    | {"seen": "seen_at", "referral": "referral_id", "id": "alert_id"},
    empty="No change of risk waits to be seen.",
)
_MOVED = {
    "wait": "On the waiting list.",
    "start": "Started.",
    "pause": "Paused.",
    "resume": "They go on.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it was typed. `on` None = today."""

    on: str | None
    note: str | None
    came: bool


def take_up(referral: str, version: int | None, answering: Answering) -> None:
    """Begin the triage of a referral."""
    with acting_desk(read_settings(answering.config)) as desk:
        triage.take_up(desk, read_id(referral, REFERRAL), version=version)
    sentence = "Taken up: answer its rules with `mat referrals check`, then accept or decline."
    done("referrals take-up", {"referral": referral}, sentence, answering)


def check(referral: str, answers: Sequence[str], version: int | None, answering: Answering) -> None:
    """Answer eligibility rules."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = triage.answer_rules(desk, read_id(referral, REFERRAL), _answers(answers), version=version)
    rows = [
        {
            "rule": each.rule.code,
            "answer": each.answer.value,
            "stands_in_the_way": each.stands_in_the_way,
            "fails": each.rule.fails if each.answer is RuleAnswer.NOT_MET else None,
        }
        for each in found
    ]
    heads = ["rule", "answer", "stands in the way", "why"]
    tell(
        {"command": "referrals check", "referral": referral, "rules": rows},
        lines(heads, [{**row, "answer": code_in_words(str(row["answer"]))} for row in rows]),
        as_json=answering.as_json,
    )


def override(referral: str, rule: str, reason: str, version: int | None, answering: Answering) -> None:
    """Override a rule."""
    with acting_desk(read_settings(answering.config)) as desk:
        triage.override_rule(desk, read_id(referral, REFERRAL), rule, reason, version=version)
    done(
        "referrals override",
        {"referral": referral, "rule": rule},
        "Overridden: it no longer stands in the way.",
        answering,
    )


def accept(referral: str, tier: str, version: int | None, answering: Answering) -> None:
    """Accept a referral."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        triage.accept(desk, read_id(referral, REFERRAL), tier, version=version)
    title = title_of(load_programmes(settings.programmes), tier)
    sentence = f"Accepted for {title}: your service sees the case until the referral is closed."
    done("referrals accept", {"referral": referral, "tier": tier}, sentence, answering)


def decline(referral: str, reason: str, rules: Sequence[str], version: int | None, answering: Answering) -> None:
    """Decline a referral."""
    with acting_desk(read_settings(answering.config)) as desk:
        triage.decline(desk, read_id(referral, REFERRAL), Declined(reason=reason, rules=rules), version=version)
    sentence = "Declined: the coordinator and whoever supports a victim are told why."
    done("referrals decline", {"referral": referral}, sentence, answering)


def move(
    name: Literal["wait", "start", "pause", "resume"],
    referral: str,
    note: str | None,
    version: int | None,
    answering: Answering,
) -> None:
    """Wait, start, pause or resume."""
    with acting_desk(read_settings(answering.config)) as desk:
        course.move_on(desk, read_id(referral, REFERRAL), name, note=note, version=version)
    done(f"referrals {name}", {"referral": referral}, _MOVED[name], answering)


def session(referral: str, typed: Session, version: int | None, answering: Answering) -> None:
    """Write down whether they came to a session."""
    came = typed.came
    day = local_day(datetime.now(UTC)) if typed.on is None else read_day(typed.on, "--on")
    with acting_desk(read_settings(answering.config)) as desk:
        course.record_attendance(desk, read_id(referral, REFERRAL), day, came=came, note=typed.note, version=version)
    sentence = f"Written down: they {'came' if came else 'did not come'} on {day}."
    command = f"referrals {'attended' if came else 'missed'}"
    done(command, {"referral": referral, "on": day, "came": came}, sentence, answering)


def close(referral: str, closure: str, reason: str, version: int | None, answering: Answering) -> None:
    """Close a referral."""
    how = read_word(closure.replace("-", "_"), Closure, "--as")
    with acting_desk(read_settings(answering.config)) as desk:
        course.close(desk, read_id(referral, REFERRAL), how, reason, version=version)
    sentence = "Closed: your service no longer sees the case, and both sides are told how it ended."
    done("referrals close", {"referral": referral, "closure": how}, sentence, answering)


def consent_withdrawn(referral: str, reason: str, version: int | None, answering: Answering) -> None:
    """Write down that consent was withdrawn."""
    with acting_desk(read_settings(answering.config)) as desk:
        state = triage.withdraw_consent(desk, read_id(referral, REFERRAL), reason, version=version)
    sentence = f"The referral is {state.value}, and both sides are told."
    done("referrals consent-withdrawn", {"referral": referral, "state": state}, sentence, answering)


def alerts(everything: bool, after: str | None, size: int, answering: Answering) -> None:
    """Print changes of risk."""
    start = None if after is None else read_id(after, "--after")
    with acting_desk(read_settings(answering.config)) as desk:
        page = changes.list_alerts(desk, is_new=not everything, after=start, size=size)
    show_page(_ALERTS, page.alerts, answering, after=page.after)


def seen(alert: str, version: int | None, answering: Answering) -> None:
    """Say that an alert was seen."""
    with acting_desk(read_settings(answering.config)) as desk:
        changes.see_alert(desk, read_id(alert, "ALERT"), version=version)
    done("referrals seen", {"alert": alert}, "Seen.", answering)


_TYPED = frozenset(RuleAnswer) - {RuleAnswer.OVERRIDDEN}


def _answers(typed: Sequence[str]) -> Mapping[str, RuleAnswer]:
    found: dict[str, RuleAnswer] = {}
    for each in typed:
        code, mark, answer = each.partition("=")
        if not mark:
            raise BadInput(f"'{each}' is no answer to a rule: write it as residence=met, see `mat referrals rules`.")
        found[code] = read_word(answer, RuleAnswer, f"The answer to {code}", among=_TYPED)
    return found
