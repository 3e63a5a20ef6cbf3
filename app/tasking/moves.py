"""The state machines of the panel's work: which move leads from which state to which, and no other does.

Nothing is read or written here. A command asks `after` before it changes a row, and the row's version guards the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from mat.errors import StoreError
from mat.store.panel_vocabulary import (
    ActionState,
    DisclosureState,
    ItemState,
    MeetingState,
    NominationState,
    OrderState,
    PanelCaseState,
    ReferralState,
    ResearchState,
)
from mat.wording import code_in_words

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Generic[State]):
    """What may become of one kind of row. `what`: as a sentence names it ("an action"). `start`: the state a row is
    made in. `moves`: by name, the states a move may begin from and the one it leads to. `commands`: by name, the
    command that makes a move; none for one that the clock makes.
    """

    what: str
    start: State
    moves: Mapping[str, tuple[frozenset[State], State]]
    commands: Mapping[str, str]

    def after(self, state: State, move: str) -> State:
        """The state that a move leads to.

        Raises:
            StoreError: the move does not begin from that state; the sentence names the commands for those that do.
        """
        begins, leads_to = self.moves[move]
        if state in begins:
            return leads_to
        can = [f"`mat {self.commands[name]}`" for name in self.commands if state in self.moves[name][0]]
        said = f"what can be done is {', '.join(dict.fromkeys(can))}" if can else "it has ended"
        raise StoreError(
            f"{self.what.capitalize()} that is {_plain(state)} does not take '{code_in_words(move)}': {said}."
        )

    def table(self) -> Iterator[tuple[State, str, State | None]]:
        """Every state with every move, and where it leads; None = it does not begin there."""
        for state in type(self.start):
            for name, (begins, leads_to) in self.moves.items():
                yield state, name, leads_to if state in begins else None

    def is_over(self, state: State) -> bool:
        """Whether no move begins from a state."""
        return not any(state in begins for begins, _ in self.moves.values())


def _plain(state: StrEnum) -> str:
    return "in triage" if state.value == ReferralState.TRIAGE.value else code_in_words(state.value)


def _machine(
    what: str,
    start: State,
    moves: Mapping[str, tuple[tuple[State, ...], State]],
    group: str,
    **other_names: str,
) -> Machine[State]:
    """`group`: of the commands, each called as its move is. `other_names`: by move, those that are called otherwise; ""
    = no command.
    """
    frozen = {name: (frozenset(begins), leads_to) for name, (begins, leads_to) in moves.items()}
    names = {name: other_names.get(name, name.replace("_", "-")) for name in moves}
    commands = {name: f"{group} {command}" for name, command in names.items() if command}
    return Machine(what=what, start=start, moves=MappingProxyType(frozen), commands=MappingProxyType(commands))


_N = NominationState
#: A nomination that was put off comes back by `propose`; one that was adopted, excluded or withdrawn is over, and the
#: person is nominated anew.
NOMINATION = _machine(
    "a nomination",
    _N.RECEIVED,
    {
        "propose": ((_N.RECEIVED, _N.NOT_NOW), _N.PROPOSED),
        "put_off": ((_N.RECEIVED, _N.PROPOSED), _N.NOT_NOW),
        "exclude": ((_N.RECEIVED, _N.PROPOSED, _N.NOT_NOW), _N.EXCLUDED),
        "withdraw": ((_N.RECEIVED, _N.PROPOSED, _N.NOT_NOW), _N.WITHDRAWN),
        "adopt": ((_N.PROPOSED,), _N.ADOPTED),
    },
    "cases",
)

_P = PanelCaseState
PANEL_CASE = _machine(
    "a case",
    _P.ACTIVE,
    {"discharge": ((_P.ACTIVE,), _P.DISCHARGED), "readopt": ((_P.DISCHARGED,), _P.ACTIVE)},
    "cases",
)

_M = MeetingState
MEETING = _machine(
    "a meeting",
    _M.PLANNED,
    {
        "release": ((_M.PLANNED,), _M.RELEASED),
        "open": ((_M.RELEASED,), _M.OPEN),
        "close": ((_M.OPEN,), _M.CLOSED),
        "cancel": ((_M.PLANNED, _M.RELEASED), _M.CANCELLED),
    },
    "meetings",
)

_I = ItemState
#: What was decided is locked: after an outage a late entry adds to it, and nothing takes from it.
ITEM = _machine(
    "a case on the agenda",
    _I.WAITING,
    {
        "discuss": ((_I.WAITING,), _I.DISCUSSED),
        "decide": ((_I.DISCUSSED,), _I.DECIDED),
        "defer": ((_I.WAITING, _I.DISCUSSED), _I.DEFERRED),
    },
    "meetings",
    decide="lock",
)

_R = ResearchState
RESEARCH = _machine(
    "a research request",
    _R.ASKED,
    {
        "share": ((_R.ASKED, _R.WITHHELD, _R.NOTHING_HELD), _R.SHARED),
        "withhold": ((_R.ASKED,), _R.WITHHELD),
        "hold_nothing": ((_R.ASKED,), _R.NOTHING_HELD),
        "withdraw": ((_R.ASKED,), _R.WITHDRAWN),
    },
    "meetings",
    share="answer",
    hold_nothing="nothing-held",
    withdraw="withdraw-request",
)

_A = ActionState
#: The owner's service accepts, starts, blocks, unblocks and finishes; coordinator and chair confirm, send back and
#: give up. A block lifts back to `open`, so that whatever must be in place before an action is accepted is asked for
#: again.
ACTION = _machine(
    "an action",
    _A.OPEN,
    {
        "accept": ((_A.OPEN,), _A.ACCEPTED),
        "start": ((_A.ACCEPTED,), _A.STARTED),
        "block": ((_A.OPEN, _A.ACCEPTED, _A.STARTED), _A.BLOCKED),
        "unblock": ((_A.BLOCKED,), _A.OPEN),
        "finish": ((_A.STARTED,), _A.DONE),
        "confirm": ((_A.DONE,), _A.CLOSED),
        "send_back": ((_A.DONE,), _A.ACCEPTED),
        "give_up": ((_A.OPEN, _A.ACCEPTED, _A.STARTED, _A.BLOCKED, _A.DONE), _A.CLOSED),
    },
    "actions",
)

_O = OrderState
#: A notice or order is issued, and in force once it is served. What has run out says so by its day; `expire` writes it.
ORDER = _machine(
    "an order",
    _O.ISSUED,
    {
        "serve": ((_O.ISSUED, _O.IN_FORCE), _O.IN_FORCE),
        "refuse": ((_O.ISSUED, _O.IN_FORCE), _O.REFUSED),
        "discharge": ((_O.ISSUED, _O.IN_FORCE), _O.DISCHARGED),
        "expire": ((_O.ISSUED, _O.IN_FORCE), _O.EXPIRED),
    },
    "orders",
    refuse="end",
    discharge="end",
    expire="end",
)

_F = ReferralState
_UNDER_WAY = (_F.ACCEPTED, _F.WAITING, _F.STARTED, _F.PAUSED)
#: Every referral received is at every moment declined, accepted once, or still open before that decision. Consent
#: withdrawn before it declines the referral; after it, it closes it.
REFERRAL = _machine(
    "a referral",
    _F.RECEIVED,
    {
        "take_up": ((_F.RECEIVED,), _F.TRIAGE),
        "accept": ((_F.TRIAGE,), _F.ACCEPTED),
        "decline": ((_F.RECEIVED, _F.TRIAGE), _F.DECLINED),
        "wait": ((_F.ACCEPTED,), _F.WAITING),
        "start": ((_F.ACCEPTED, _F.WAITING), _F.STARTED),
        "pause": ((_F.STARTED,), _F.PAUSED),
        "resume": ((_F.PAUSED,), _F.STARTED),
        "close": (_UNDER_WAY, _F.CLOSED),
    },
    "referrals",
)

_D = DisclosureState
DISCLOSURE = _machine(
    "a disclosure",
    _D.RUNNING,
    {
        "expire": ((_D.RUNNING,), _D.EXPIRED),
        "recall": ((_D.RUNNING, _D.EXPIRED), _D.RECALLED),
        "confirm_return": ((_D.RUNNING, _D.EXPIRED, _D.RECALLED), _D.RETURNED),
    },
    "disclosures",
    expire="",
    confirm_return="returned",
)
