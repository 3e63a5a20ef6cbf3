"""What a page of the board is, and what it is given to draw with: it draws, gives commands, and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import streamlit as st

from app.components.leaving import to_prove
from app.components.text import Html, together
from app.components.words import Tone, notice
from app.serving.drafts import Drafts
from app.tasking.stepping_up import NotProven, is_proven
from governance.access import Policy
from mat.errors import BadInput, MatError
from mat.store.vocabulary import UserRole

if TYPE_CHECKING:
    from app.tasking.acting_as import ActingAs
    from app.tasking.desk import Desk
    from app.tasking.handing_out import Given, Outgoing

T = TypeVar("T")
_SAID = "mat_said"
#: Where the session keeps how the forms of a page were read; what its person does is no change by somebody else.
AS_READ = "mat_as_read"
_NUMBER = re.compile(r"[0-9]{1,18}")
_PROVEN = "mat_proven_on"
#: How a field shows a day.
DAY = "DD/MM/YYYY"


class StillHere(Protocol):
    """Whether a session still runs; `is_doing`: its person just did something, which keeps it up."""

    def __call__(self, *, is_doing: bool) -> bool:
        """Ask, and say so."""
        ...


def _always(*, is_doing: bool) -> bool:  # noqa: ARG001 - what a session answers
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody's visit to a page: their desk, to give commands at, and what they may do just now.

    `roles`: running at this moment, by the store. `is_demonstration`: the records are synthetic. `still_here`: asks
    whether the session still runs, and says whether its person just did something. `drafts`: what people typed and
    did not send.
    """

    desk: Desk
    who: ActingAs
    roles: Collection[UserRole]
    policy: Policy
    is_demonstration: bool
    still_here: StillHere = _always
    drafts: Drafts = field(default_factory=Drafts)

    def may(self, command: str) -> bool:
        """Whether a role of theirs may give a command: for what a page offers; the command itself checks again."""
        return not self.policy.commands[command].isdisjoint(self.roles)

    def asked(self, name: str) -> str | None:
        """What the page's address asks for under a name; None = nothing."""
        found = st.query_params.get(name)
        return None if found is None else str(found)

    def asked_id(self, name: str) -> UUID | None:
        """As `asked`, an id; None also where it is none."""
        try:
            return UUID(self.asked(name) or "")
        except ValueError:
            return None

    def asked_number(self, name: str) -> int | None:
        """As `asked`, a whole number of at most 18 digits, 0 or more; None also where it is none."""
        found = _NUMBER.fullmatch(self.asked(name) or "")
        return None if found is None else int(found[0])

    def show(self, *parts: Html) -> None:
        """Draw markup that components made; nothing where they made none."""
        markup = together(parts)
        if markup:
            st.html(markup)

    def do(self, deed: Callable[[], object], said: str) -> bool:
        """Give a command. Done: the page is drawn anew, with `said` at its top. Refused: the sentence, and False."""
        if self.attempt(deed):
            st.session_state[_SAID] = said
            st.session_state.pop(AS_READ, None)
            st.rerun()
        return False

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Give a command, or say in its own sentence why not; what was typed stays. Whether it was done."""
        try:
            deed()
        except NotProven as refusal:
            self.show(notice(str(refusal), Tone.BAD), to_prove(None))
            return False
        except BadInput as refusal:
            self.show(notice(str(refusal), Tone.BAD))
            return False
        return True

    def needs_proof(self) -> bool:
        """Whether to ask for a proof before anything can be typed; the way to give it is then drawn.

        On a page where it was given once it is not asked for again in place of a form that may hold what was typed: its
        command refuses then, and the proof is given in a tab beside.
        """
        page = here()
        if is_proven(self.desk):
            st.session_state[_PROVEN] = page
        elif st.session_state.get(_PROVEN) != page:
            self.show(to_prove(page))
            return True
        return False

    def hand_out(
        self,
        words: str,
        make: Callable[[Given], Outgoing],
        *,
        key: str,
        command: str,
        recipients: Sequence[str] = (),
        purposes: Sequence[str] = (),
    ) -> None:
        """Offer a file to take away, to those who may give `command`; nothing to others.

        `make` is called once what is asked for is there. `recipients`: to choose from, one = that one; none = one's own
        service. `purposes`: to choose from, beside words of one's own.
        """
        from app.screens.handing import Offer, draw  # noqa: PLC0415 - it is given visits

        draw(self, Offer(words=words, make=make, key=key, command=command, recipients=recipients, purposes=purposes))

    def read(self, reading: Callable[[], T]) -> T | None:
        """What a command found, or its sentence in place of this part of the page, and None."""
        try:
            return reading()
        except BadInput as refusal:
            self.show(notice(str(refusal), Tone.BAD))
            return None

    def by_itself(self, draw: Callable[[], None], *, every: float | None = None) -> None:
        """Draw a part that is drawn again without the rest of the page: every so many seconds, or when it hears of
        something done in it. The session is asked for each time; to be drawn again keeps none up, to type does.
        """

        @st.fragment(run_every=every)
        def part() -> None:
            if not self.still_here(is_doing=every is None):
                st.rerun()
            try:
                draw()
            except MatError as refusal:
                self.show(notice(str(refusal), Tone.BAD))

        part()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page. `name`: in its address, "" for the first; `part`: of the list of pages that it stands under.

    Whoever may give one of `commands` has the page. `is_listed`: whether the list of pages has it; one that is about a
    case is reached from others.
    """

    name: str
    title: str
    part: str
    commands: Sequence[str]
    draw: Callable[[Visit], None]
    is_listed: bool = True


def here() -> str:
    """The address of the page, with what it is asked."""
    parts = urlsplit(st.context.url or "/")
    query = urlencode({name: str(value) for name, value in st.query_params.items()})
    return f"{parts.path or '/'}?{query}" if query else parts.path or "/"


def open_to(screen: Screen, roles: Collection[UserRole], policy: Policy) -> bool:
    """Whether somebody with these roles has a page."""
    return any(not policy.commands[command].isdisjoint(roles) for command in screen.commands)


def by_part(screens: Sequence[Screen], parts: Sequence[str]) -> Mapping[str, Sequence[Screen]]:
    """Screens under the parts of the list, in their order; a part without a screen is left out."""
    found = {part: [each for each in screens if each.part == part] for part in parts}
    return {part: listed for part, listed in found.items() if listed}


def take_said() -> str | None:
    """What the last command that was done has to say, once."""
    found = st.session_state.pop(_SAID, None)
    return None if found is None else str(found)
