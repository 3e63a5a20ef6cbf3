"""The commands on orders and on the other processes that hold a case: `mat orders`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.commands.access import named
from app.commands.access_lines import lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, plain, table, told
from app.commands.reading import read_settings
from app.commands.typed import Id, read_day, read_id, read_moment, read_word
from app.tasking.acting_on import links, order_lists, orders
from app.tasking.acting_on.links import NewLink
from app.tasking.acting_on.order_lists import Order
from app.tasking.acting_on.orders import NewOrder
from app.tasking.finding import case_named
from app.wording import printable
from mat.store.panel_vocabulary import OrderState, Process
from mat.vocabulary import OrderKind

ORDER = Id("ORDER", "orders list")
_BREACHES = {"when": "occurred_at", "what": "content", "by": "recorded_by", "id": "breach_id"}
_LINKS = {"process": "process", "of": "token", "reference": "reference", "level": "level", "from": "from_on",
          "due": "due_on", "which is": "due", "ended": "ended_on", "repeat until": "repeat_until",
          "repeat": "is_repeat", "on": "repeat_on", "id": "link_id"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An order as it was typed."""

    case: str
    kind: str
    issued: str
    served: str | None
    expires: str | None
    conditions: Sequence[str]
    victim: str | None
    reference: str | None


def record(typed: Recording, answering: Answering) -> None:
    """Record an order on the subject of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewOrder(
            subject_id=case_named(desk, typed.case),
            kind=read_word(typed.kind, OrderKind, "--kind"),
            issued_at=read_moment(typed.issued, "--issued"),
            served_at=None if typed.served is None else read_moment(typed.served, "--served"),
            expires_at=None if typed.expires is None else read_moment(typed.expires, "--expires"),
            conditions=typed.conditions,
            token=typed.victim,
            reference=typed.reference,
        )
        made = orders.record_order(desk, new)
    sentence = f"Recorded: {made}. `mat orders list --case {printable(typed.case)}` shows the clocks that run."
    done("orders record", {"order": made}, sentence, answering)


def take_over(what: str, reference: str, answering: Answering) -> None:
    """Keep the clocks of an order that the newest run brought."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = orders.take_over_order(desk, case_named(desk, what), reference)
    done("orders take-over", {"order": made}, f"Its clocks are kept from now, with its breaches: {made}.", answering)


def serve(what: str, at: str, version: int | None, answering: Answering) -> None:
    """Say when an order was served."""
    with acting_desk(read_settings(answering.config)) as desk:
        orders.serve_order(desk, read_id(what, ORDER), read_moment(at, "--at"), version=version)
    done("orders serve", {"order": what}, "Served: it is in force from then.", answering)


def notified(what: str, at: str, version: int | None, answering: Answering) -> None:
    """Say when the subject told the police where they live."""
    with acting_desk(read_settings(answering.config)) as desk:
        orders.note_notification(desk, read_id(what, ORDER), read_moment(at, "--at"), version=version)
    done("orders notified", {"order": what}, "Noted: that clock has stopped.", answering)


def end(what: str, how: str, version: int | None, answering: Answering) -> None:
    """Say how an order ended."""
    state = read_word(how, OrderState, "--how", among=orders.ENDS)
    with acting_desk(read_settings(answering.config)) as desk:
        orders.end_order(desk, read_id(what, ORDER), state, version=version)
    done("orders end", {"order": what}, f"Ended: {said(state)}.", answering)


def breach(what: str, at: str, content: str, answering: Answering) -> None:
    """Record that an order was broken."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = orders.record_breach(desk, read_id(what, ORDER), read_moment(at, "--at"), content)
    done("orders breach", {"breach": made}, f"Recorded: {made}.", answering)


def breaches(what: str, size: int, answering: Answering) -> None:
    """Print the breaches of an order."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = order_lists.breaches_of(desk, read_id(what, ORDER), size=size)
    about = {"breaches": [plain(each) for each in rows]}
    told("orders breaches", about, table(_BREACHES, rows, "No breach of it is recorded."), answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which orders to list, as it was typed."""

    panel: str | None
    case: str | None
    with_ended: bool
    after: str | None
    size: int


def list_them(typed: Listing, answering: Answering) -> None:
    """Print a page of orders with the clocks that run on each."""
    with acting_desk(read_settings(answering.config)) as desk:
        page = order_lists.list_orders(
            desk,
            panel_id=None if typed.panel is None else named(desk, "panel", typed.panel),
            subject_id=None if typed.case is None else case_named(desk, typed.case),
            is_running=not typed.with_ended,
            after=None if typed.after is None else read_id(typed.after, "--after"),
            size=typed.size,
        )
    about = {"orders": [plain(each) for each in page.orders], "after": page.after}
    more = [] if page.after is None else [f"There are more: go on with --after {page.after}."]
    told("orders list", about, [*order_lines(page.orders), *more], answering)


def order_lines(rows: Sequence[Order]) -> list[str]:
    """One line per order, with its clocks in words; a sentence for none."""
    shown = [
        {
            "case": each.case,
            "kind": each.kind,
            "state": each.state,
            "protects": each.token,
            "served": each.served_at,
            "until": each.expires_at,
            "breaches": each.breaches,
            "clocks": [f"{said(one.clock)} {said(one.at or one.on)} ({said(one.due)})" for one in each.clocks],
            "id": each.order_key,
        }
        for each in rows
    ]
    return lines(list(shown[0]), shown) if shown else ["No order that fits is in your sight."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """Another process as it was typed."""

    case: str
    process: str
    from_on: str
    victim: str | None
    reference: str | None
    level: str | None


def link(typed: Linking, answering: Answering) -> None:
    """Say that another process holds a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewLink(
            subject_id=case_named(desk, typed.case),
            process=read_word(typed.process, Process, "--process"),
            from_on=read_day(typed.from_on, "--from"),
            token=typed.victim,
            reference=typed.reference,
            level=typed.level,
        )
        made = links.link_process(desk, new)
    done("orders link", {"link": made}, f"Linked: {made}.", answering)


def links_of(what: str, size: int, answering: Answering) -> None:
    """Print the other processes of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = links.links_of(desk, case_named(desk, what), size=size)
    repeats = [
        f"REPEAT: abuse of {each.token} on {each.repeat_on}, within twelve months of the MARAC of {each.from_on}: "
        "refer it to MARAC again, it is not done here."
        for each in rows
        if each.is_repeat
    ]
    about = {"links": [plain(each) for each in rows]}
    told("orders links", about, [*table(_LINKS, rows, "No other process holds the case."), *repeats], answering)


def end_link(what: str, version: int | None, answering: Answering) -> None:
    """Say that another process has let go of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        links.end_process(desk, read_id(what, Id("LINK", "orders links")), version=version)
    done("orders end-link", {"link": what}, "Ended.", answering)
