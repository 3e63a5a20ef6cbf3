"""How work with a clock is said: the clocks of notices and orders as who must do what, and whether a gate is open."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.components.text import Html, day, link, with_commands
from app.components.words import Tone, tag
from app.tasking.acting_on.order_lists import Clock
from app.tasking.clocks import Due

if TYPE_CHECKING:
    from app.tasking.acting_on.action_lists import Action
    from app.tasking.acting_on.order_lists import Running
    from app.tasking.acting_on.safety_gate import Gate

#: What a clock asks, and of whom: while there is time, and when the day has passed.
_CLOCKS: Mapping[Clock, tuple[str, str]] = MappingProxyType(
    {
        Clock.TO_COURT: ("the police must apply to a court by {}", "the police should have applied to a court by {}"),
        Clock.NOTIFY_POLICE: (
            "the suspect must tell the police where they live by {}",
            "the suspect should have told the police where they live by {}, and nothing says that they did",
        ),
        Clock.EXPIRES: ("ends on {}", "ended on {}"),
    }
)


def clock_words(clock: Running) -> str:
    """Who must do what by when."""
    still, passed = _CLOCKS[clock.clock]
    return (passed if clock.due is Due.OVERDUE else still).format(day(clock.on))


def gate_missing(gate: Gate, *, asks_her: bool) -> list[Html]:
    """What a shut gate waits for, on the page of its action. `asks_her`: whether the reader may record a check."""
    of_support, form = "the form of Partner support", Html("the form on this page")
    here = {
        "mat safety check": link(of_support, "support") if asks_her else Html(of_support),
        "mat safety nobody-known": form,
        "mat safety override": form,
    }
    return [with_commands(each, here) for each in gate.missing]


def gate_tags(action: Action) -> list[Html]:
    """Whether the safety gate of an action is shut or open; none where it has no gate, or is closed."""
    if action.is_gate_open is None:
        return []
    return [tag("Gate open", Tone.GOOD) if action.is_gate_open else tag("Gate shut", Tone.WARN)]
