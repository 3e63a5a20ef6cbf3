"""Scenes of orders with their clocks, of a breach, and of other processes that hold a case: shown and timed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from app.tasking.acting_on.links import NewLink, end_process, link_process, links_of
from app.tasking.acting_on.order_lists import Clock, list_orders
from app.tasking.acting_on.orders import (
    NewOrder,
    end_order,
    note_notification,
    record_breach,
    record_order,
    serve_order,
    take_over_order,
)
from app.tasking.changing.alerts import raise_alert
from app.tasking.clocks import Due
from mat.store.panel_vocabulary import AlertKind, OrderState, Process
from mat.vocabulary import OrderKind

if TYPE_CHECKING:
    from uuid import UUID

    from app.tasking.demonstration.month import Month

_NO_CONTACT = "No contact by any means, also not through others."


def order_and_breach(month: Month) -> None:
    """A protection order that runs and is broken; the provider that works with the suspect is told kind and day."""
    anna, kim = month.cast.analyst, month.cast.coordinator
    issued = month.ago(days=10)
    too_long = NewOrder(
        subject_id=month.cases["ordered"], kind=OrderKind.DVPO, issued_at=issued,
        expires_at=issued + timedelta(days=40),
    )  # fmt: skip
    month.refused("Anna records an order of 41 days", lambda: record_order(anna, too_long))
    order = _record(
        month, "ordered", OrderKind.DVPO, issued=issued, served=issued, expires=issued + timedelta(days=25),
        conditions=(_NO_CONTACT, "Not to enter Practise Street or the school's car park."),
    )  # fmt: skip
    record_breach(
        anna, order, month.ago(days=2, hours=5), "Waited in the school's car park; left when the head came out."
    )
    raise_alert(kim, month.referrals["ordered"], AlertKind.ORDER_BREACH, month.day(-2))
    month.tell(
        "The order is recorded with two conditions, and a breach of one of them two days ago. New Start is told that "
        "there was a breach and when, and nothing else."
    )


def keep_clocks(month: Month) -> None:
    """A notice with its 48 hours, registrations that are late and in time, orders not served, refused, taken over."""
    anna = month.cast.analyst
    _record(month, "released", OrderKind.DVPN, issued=month.ago(hours=21), served=month.ago(hours=20))
    late = _record(
        month, "new_partner", OrderKind.SPO, issued=month.ago(days=6), served=month.ago(days=5),
        expires=month.began + timedelta(days=700),
        conditions=("Not to go to V1's place of work.", "To tell the police every name used online."),
    )  # fmt: skip
    told = _record(
        month, "against", OrderKind.DAPO, issued=month.ago(days=3), served=month.ago(days=2),
        conditions=(_NO_CONTACT, "To tell the police a home address, and each change of it."),
    )  # fmt: skip
    note_notification(anna, told, month.ago(days=1))
    served_now = _record(month, "tenant", OrderKind.NON_MOLESTATION, issued=month.ago(days=4))
    serve_order(anna, served_now, month.ago(hours=3))
    _record(month, "drinker", OrderKind.OCCUPATION, issued=month.ago(days=1), expires=month.began + timedelta(days=5))
    refused = _record(month, "drinker", OrderKind.DVPN, issued=month.ago(days=9), served=month.ago(days=9))
    end_order(anna, refused, OrderState.REFUSED)
    month.refused("Anna ends an order as expired before its day", lambda: end_order(anna, late, OrderState.EXPIRED))
    taken = _take_over(month)
    clocks = [(order, clock) for order in list_orders(month.cast.coordinator).orders for clock in order.clocks]
    to_court = next(
        clock for order, clock in clocks if clock.clock is Clock.TO_COURT and order.state.value == "in_force"
    )
    overdue = sum(clock.due is Due.OVERDUE for _, clock in clocks)
    month.tell(
        f"A notice was served 20 hours ago and must be before a court within 48 hours, on {to_court.on}. {overdue} "
        "clock is over: somebody bound by an order has not told the police where they live. "
        f"{len(clocks)} clocks run in all."
    )
    month.tell(taken)


def link_processes(month: Month) -> None:
    """MARAC with a repeat, MAPPA, IOM, Drive and the disclosure scheme: overdue, due soon, later, and ended."""
    anna, kim = month.cast.analyst, month.cast.coordinator
    heard, token = _before_abuse(month, "new_partner")
    _link(month, "new_partner", Process.MARAC, heard, token=token, reference="MARAC 14/7")
    _, other = month.victim("tenant")
    _link(month, "tenant", Process.MARAC, month.day(-20), token=other)
    _link(month, "released", Process.MAPPA, month.day(-15), level="2")
    iom = _link(month, "released", Process.IOM, month.day(-200))
    end_process(kim, iom)
    _link(month, "against", Process.DRIVE, month.day(-40), reference="Drive 31")
    month.refused(
        "Anna links Drive a second time",
        lambda: _link(month, "against", Process.DRIVE, month.day(-1)),
    )
    _link(month, "new_partner", Process.DVDS_RIGHT_TO_ASK, month.day(-24))
    _link(month, "father", Process.DVDS_RIGHT_TO_KNOW, month.day(-31))
    _link(month, "willing", Process.DVDS_RIGHT_TO_ASK, month.day(-3))
    repeat = next(each for each in links_of(anna, month.cases["new_partner"]) if each.is_repeat)
    month.tell(
        f"{month.name('new_partner')}: heard at MARAC on {heard}, and abuse of {token} is recorded on "
        f"{repeat.repeat_on}: a repeat within 12 months, which whoever answers for the case refers."
    )
    month.tell(
        "MAPPA, IOM and Drive are shown and not redone; three applications under Clare's Law keep their 28 days."
    )


def _record(
    month: Month,
    key: str,
    kind: OrderKind,
    *,
    issued: datetime,
    served: datetime | None = None,
    expires: datetime | None = None,
    conditions: Sequence[str] = (_NO_CONTACT,),
) -> UUID:
    new = NewOrder(
        subject_id=month.cases[key],
        kind=kind,
        issued_at=issued,
        served_at=served,
        expires_at=expires,
        conditions=[month.said(key, each) for each in conditions],
        token=month.victim(key)[1],
    )
    month.orders[f"{key} {kind.value}"] = record_order(month.cast.analyst, new)
    return month.orders[f"{key} {kind.value}"]


def _take_over(month: Month) -> str:
    """Keep the clocks of the longest order that the list brought of anybody in the story."""
    found = [
        (cast("datetime", row["expires_at"]), key, str(row["order_id"]))
        for key in month.cases
        for row in month.recorded(key, "narrative").get("case_order", ())
        if row["expires_at"] is not None and row["issued_at"] is not None and row["kind"] in set(OrderKind)
    ]
    if not found:
        return "The list brought no order whose clock could be taken over."
    _, key, order_id = max(found)
    month.orders["taken over"] = take_over_order(month.cast.analyst, month.cases[key], order_id)
    return f"Order {order_id} of {month.name(key)}, which the list brought, is taken over with its breaches."


def _link(
    month: Month,
    key: str,
    process: Process,
    from_on: date,
    *,
    token: str | None = None,
    reference: str | None = None,
    level: str | None = None,
) -> UUID:
    new = NewLink(
        subject_id=month.cases[key], process=process, from_on=from_on, token=token, reference=reference, level=level
    )
    return link_process(month.cast.analyst, new)


def _before_abuse(month: Month, key: str) -> tuple[date, str]:
    """A day a month before the newest abuse that the list records of a victim, and her token."""
    victim_id, token = month.victim(key)
    days = [
        cast("date", row["last_on"])
        for row in month.recorded(key, "links_graph")["dyad"]
        if row["victim_id"] == victim_id and row["subject_is"] == "suspect"
    ]
    return max(days) - timedelta(days=30), token
