"""The commands on actions: `mat actions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.commands.access import named
from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, plain, table, told
from app.commands.reading import read_settings
from app.commands.typed import Id, read_day, read_id, read_word
from app.tasking.acting_on import action_lists, actions
from app.tasking.acting_on.action_lists import Action, ActionHistory, Wanted
from app.tasking.acting_on.actions import NewAction
from app.tasking.catalogue import Catalogue, load_catalogue
from app.tasking.desk import Desk
from app.tasking.finding import case_named
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Heading, Reaches, Told

ACTION = Id("ACTION", "actions list")
_COLUMNS = {"due": "due_on", "which is": "due", "case": "case", "what": "code", "agency": "service", "owner": "owner",
           "state": "state", "subject": "told", "id": "action_id"}  # fmt: skip
_TOTALS = {"agency": "service", "all": "all", "open": "open", "accepted": "accepted", "started": "started",
           "blocked": "blocked", "to confirm": "awaiting_confirmation", "done": "done", "not possible": "not_possible",
           "not done": "not_done_by_agency", "not needed": "no_longer_needed", "overdue": "overdue"}  # fmt: skip
_STEPS = {"when": "moved_at", "step": "move", "now": "to_state", "outcome": "outcome", "by": "moved_by", "note": "note"}
_KINDS = {"code": "code", "heading": "heading", "what": "title", "usually": "owner", "noticed as": "reaches",
          "address": "needs_address"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """An action as it was typed."""

    case: str
    code: str
    service: str
    what: str
    success: str
    due: str
    owner: str | None
    item: str | None
    was_asked: bool
    reaches: str | None


def kinds(heading: str | None, answering: Answering) -> None:
    """Print the action catalogue, or what of it stands under one heading."""
    catalogue = load_catalogue(read_settings(answering.config).actions)
    rows = (
        list(catalogue.kinds.values()) if heading is None else catalogue.under(read_word(heading, Heading, "--heading"))
    )
    about = {"version": catalogue.version, "kinds": [plain(each) for each in rows]}
    told("actions kinds", about, table(_KINDS, rows, "The catalogue has none under that heading."), answering)


def add(typed: Adding, answering: Answering) -> None:
    """Add an action about a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewAction(
            subject_id=case_named(desk, typed.case),
            code=typed.code,
            what=typed.what,
            success_test=typed.success,
            service_id=named(desk, "service", typed.service),
            due_on=read_day(typed.due, "--due"),
            was_volunteered=not typed.was_asked,
            owner_id=None if typed.owner is None else named(desk, "user", typed.owner),
            item_id=None if typed.item is None else read_id(typed.item, "--item"),
            reaches=None if typed.reaches is None else read_word(typed.reaches, Reaches, "--reaches"),
        )
        made = actions.add_action(desk, new)
    sentence = f"Added; '{typed.service}' sees the case until it is closed: {made}."
    done("actions add", {"action": made}, sentence, answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which actions to list, as it was typed."""

    panel: str | None
    case: str | None
    service: str | None
    states: Sequence[str]
    is_carried_over: bool
    due_by: str | None
    after: str | None
    size: int


def list_them(typed: Listing, answering: Answering) -> None:
    """Print a page of actions, those due first at the top."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        wanted = Wanted(
            panel_id=None if typed.panel is None else named(desk, "panel", typed.panel),
            subject_id=None if typed.case is None else case_named(desk, typed.case),
            service_id=None if typed.service is None else named(desk, "service", typed.service),
            states=[read_word(each, ActionState, "--state") for each in typed.states],
            is_carried_over=True if typed.is_carried_over else None,
            due_by=None if typed.due_by is None else read_day(typed.due_by, "--due-by"),
        )
        after = None if typed.after is None else read_id(typed.after, "--after")
        page = action_lists.list_actions(desk, wanted, after=after, size=typed.size)
    about = {"actions": [plain(each) for each in page.actions], "after": page.after}
    empty = "No action that fits is in your sight."
    sentences = action_lines(page.actions, load_catalogue(settings.actions), empty, page.after)
    told("actions list", about, sentences, answering)


def action_lines(rows: Sequence[Action], catalogue: Catalogue, empty: str = "", after: UUID | None = None) -> list[str]:
    """One line per action, each called by its title; `empty` for none, and how to go on where there is more."""
    shown = [replace(each, code=catalogue.title(each.code)) for each in rows]
    return table(_COLUMNS, shown, empty, after)


def show(what: str, answering: Answering) -> None:
    """Print one action with every step."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        history = action_lists.read_action(desk, read_id(what, ACTION))
    about = {"action": plain(history.action), "steps": [plain(each) for each in history.steps]}
    told("actions show", about, _page(history, load_catalogue(settings.actions)), answering)


def totals(panel: str | None, answering: Answering) -> None:
    """Print how the actions of each agency stand."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = action_lists.action_totals(desk, None if panel is None else named(desk, "panel", panel))
    about = {"services": [plain(each) for each in rows]}
    told("actions totals", about, table(_TOTALS, rows, "No action is in your sight."), answering)


def accept(what: str, version: int | None, answering: Answering) -> None:
    """Accept an action."""
    _go_on(
        what, "accept", "Accepted.", answering, lambda desk, each: actions.accept_action(desk, each, version=version)
    )


def start(what: str, version: int | None, answering: Answering) -> None:
    """Start an action."""
    _go_on(what, "start", "Started.", answering, lambda desk, each: actions.start_action(desk, each, version=version))


def block(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Say what stands in the way of an action."""
    sentence = f"Blocked, until `mat actions unblock {what}`."
    _do(
        what, "block", sentence, answering, lambda desk, each: actions.block_action(desk, each, reason, version=version)
    )


def unblock(what: str, version: int | None, answering: Answering) -> None:
    """Say that nothing stands in the way any more."""
    sentence = f"Open again: accept it anew with `mat actions accept {what}`."
    _do(what, "unblock", sentence, answering, lambda desk, each: actions.unblock_action(desk, each, version=version))


def finish(what: str, result: str, version: int | None, answering: Answering) -> None:
    """Say that an action is done."""
    sentence = "Done; coordinator or chair confirm it."
    _do(
        what,
        "finish",
        sentence,
        answering,
        lambda desk, each: actions.finish_action(desk, each, result, version=version),
    )


def confirm(what: str, version: int | None, answering: Answering) -> None:
    """Confirm that an action is done."""
    sentence = "Confirmed and closed."
    _do(what, "confirm", sentence, answering, lambda desk, each: actions.confirm_action(desk, each, version=version))


def send_back(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Send back an action that is not done."""
    sentence = "Sent back to its owner."
    _do(what, "send-back", sentence, answering,
        lambda desk, each: actions.send_back_action(desk, each, reason, version=version))  # fmt: skip


def give_up(what: str, because: str, reason: str, version: int | None, answering: Answering) -> None:
    """Close an action that will not be done."""
    outcome = read_word(because, ActionOutcome, "--because")
    _do(what, "give-up", f"Closed as {said(outcome)}.", answering,
        lambda desk, each: actions.give_up_action(desk, each, outcome, reason, version=version))  # fmt: skip


def carry_over(what: str, to: str, reason: str, version: int | None, answering: Answering) -> None:
    """Give an action a later day."""
    day = read_day(to, "--to")
    _do(what, "carry-over", f"Carried over to {day}.", answering,
        lambda desk, each: actions.carry_over_action(desk, each, day, reason, version=version))  # fmt: skip


def _do(what: str, command: str, sentence: str, answering: Answering, deed: Callable[[Desk, UUID], None]) -> None:
    action = read_id(what, ACTION)
    with acting_desk(read_settings(answering.config)) as desk:
        deed(desk, action)
    done(f"actions {command}", {"action": action}, sentence, answering)


def _go_on(what: str, command: str, sentence: str, answering: Answering, deed: Callable[[Desk, UUID], None]) -> None:
    """As `_do`, and say what whoever is about to act must know of the subject."""
    action = read_id(what, ACTION)
    with acting_desk(read_settings(answering.config)) as desk:
        deed(desk, action)
        found = action_lists.read_action(desk, action).action
    about = {"action": action, "told": found.told, "not_told_why": found.not_told_why}
    told(f"actions {command}", about, [sentence, f"The subject: {_told(found)}"], answering)


def _page(history: ActionHistory, catalogue: Catalogue) -> list[str]:
    action = history.action
    by = "volunteered" if action.was_volunteered else "asked"
    carried = "" if action.carried_over is None else f", carried over on {action.carried_over}"
    title = said(catalogue.title(action.code))
    return [
        f"{action.case}: {title} ({said(action.heading)}), {said(action.state)}, version {action.version}.",
        f"What: {said(action.what)}",
        f"Done when: {said(action.success_test)}",
        f"By {said(action.service)} ({said(action.owner or 'nobody named yet')}), {by}, due {action.due_on}{carried}.",
        f"Noticed as: {said(action.reaches)}."
        + (f" See `mat safety gate {action.action_id}`." if action.needs_gate else ""),
        f"The subject: {_told(action)}",
        "",
        *table(_STEPS, history.steps, "No step yet."),
    ]


def _told(action: Action) -> str:
    if action.told is Told.NOT_TO_BE_TOLD:
        return f"NOT TO BE TOLD: {said(action.not_told_why)} Looked at again on {action.told_review_on}."
    if action.told is Told.TOLD:
        return "told that the panel looks at them."
    return "nobody has decided whether they are told; do not tell them."
