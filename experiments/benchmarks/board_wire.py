"""One browser's side of the board without the browser: signing in at its door, its websocket, and its clicks.

It sends what Streamlit's own pages send, and takes what they are sent; it draws nothing. So 25 of them fit beside the
board on two cores.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

import httpx2
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

#: After so long a click is an error, whatever comes of it.
PATIENCE_SECONDS = 30
#: How the drawing of a page ends, and that of a part of one.
_WHOLE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_XSRF = "_streamlit_xsrf"
_MOST_BYTES = 50_000_000
_LINK = re.compile(r'<a class="go" href="([^"]*)"')
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_FORM = re.compile(r'<strong>([^<]*)</strong>.*?<form method="post" action="/sign-in/as">(.*?)</form>', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of one click.

    `seconds`: from the click sent to the last message of the script's run taken in. `sent_bytes`: of all messages.
    `pieces`: the markup of each element, in the order of the page; of what is not markup, as many letters as it has
    bytes. `links`: where the page leads, in its order, none twice.
    """

    seconds: float
    messages: int
    sent_bytes: int
    pieces: Sequence[str]
    links: Sequence[str]

    @property
    def text(self) -> str:
        """All markup of the page."""
        return "".join(self.pieces)


class ClickFailedError(Exception):
    """A click that no whole page came of; the message says what came."""


class Wire:
    """An open websocket of somebody who is signed in.

    `redrawn`: the parts of the page that are drawn again by themselves, each with the seconds between; another mapping
    for each whole page.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._hashes: dict[str, str] = {}
        self._at = ClientState()
        self._buttons: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._choices: dict[str, tuple[str, str]] = {}
        self.redrawn: dict[str, float] = {}
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}
        self._runs = 0
        self._most_age = 2

    async def click(self, address: str) -> Drawn:
        """Go to an address of the board, such as /candidates?part=holds, as a link of a page does.

        Raises:
            ClickFailedError: nothing whole came of it.
        """
        parts = urlsplit(address)
        name = parts.path.removeprefix("/")
        asked = ClientState(query_string=parts.query, page_script_hash=self._hashes.get(name, ""))
        asked.page_name = "" if name in self._hashes else name
        asked.is_history_navigation = bool(self._hashes)
        self._at = ClientState(query_string=asked.query_string, page_script_hash=asked.page_script_hash)
        return await self._ask(asked)

    def offers(self, button: str) -> bool:
        """Whether the page has a button of this label that can be pressed."""
        return button in self._buttons

    async def press(self, button: str, typed: Mapping[str, str] | None = None, chosen: Sequence[str] = ()) -> Drawn:
        """Press a button, with text typed into fields, and the first of the lists `chosen`; named by their labels.

        Raises:
            ClickFailedError: the page has no such button or field, or nothing whole came of it.
        """
        missing = [each for each in (button, *(typed or {})) if each not in self._buttons | self._fields]
        missing += [each for each in chosen if each not in self._choices]
        if missing:
            raise ClickFailedError(f"the page has no {', '.join(missing)}")
        asked = self._here()
        asked.widget_states.widgets.add(id=self._buttons[button], trigger_value=True)
        for label, text in (typed or {}).items():
            asked.widget_states.widgets.add(id=self._fields[label], string_value=text)
        for label in chosen:
            key, first = self._choices[label]
            asked.widget_states.widgets.add(id=key, string_value=first)
        return await self._ask(asked)

    async def redraw(self, part: str) -> Drawn:
        """Have a part of `redrawn` drawn again, as the page does by itself; the whole page where that goes on to it.

        Raises:
            ClickFailedError: nothing whole came of it.
        """
        asked = self._here()
        asked.fragment_id, asked.is_auto_rerun = part, True
        return await self._ask(asked)

    def _here(self) -> ClientState:
        return ClientState(query_string=self._at.query_string, page_script_hash=self._at.page_script_hash)

    async def _ask(self, asked: ClientState) -> Drawn:
        asked.cached_message_hashes.extend(self._kept)
        asked.context_info.timezone = "Europe/London"
        asked.context_info.locale = "en-GB"
        began = time.perf_counter()
        await self._socket.send(BackMsg(rerun_script=asked).SerializeToString())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._whole_page(began, is_part=bool(asked.fragment_id))
        except TimeoutError:
            raise ClickFailedError(f"no answer within {PATIENCE_SECONDS} s") from None
        except ConnectionClosed as closed:
            said = "without a word" if closed.rcvd is None else closed.rcvd.reason
            raise ClickFailedError(f"the connection was closed: {said}") from None

    async def _whole_page(self, began: float, *, is_part: bool) -> Drawn:
        messages, size, has_begun = 0, 0, False
        pieces: dict[tuple[int, ...], str] = {}
        while True:
            payload = await self._socket.recv(decode=False)
            said = ForwardMsg.FromString(payload)
            messages, size = messages + 1, size + len(payload)
            said = self._kept_or_new(said)
            kind = said.WhichOneof("type")
            if kind == "new_session":
                has_begun, pieces = True, {}
                self._begin(said, is_part=is_part)
            elif kind == "delta" and said.delta.WhichOneof("type") == "new_element":
                pieces[tuple(said.metadata.delta_path)] = _markup(said)
                self._note_control(said)
            elif kind != "script_finished":
                self._note_where(said)
            elif said.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                is_part = False
            elif has_begun:
                seconds = time.perf_counter() - began
                self._forget_old()
                if said.script_finished not in _WHOLE:
                    raise ClickFailedError(f"the script ended otherwise ({said.script_finished})")
                return _drawn(seconds, messages, size, pieces)

    def _begin(self, said: ForwardMsg, *, is_part: bool) -> None:
        self._runs += 1
        self._most_age = said.new_session.config.max_cached_message_age
        if not is_part:
            self._at.page_script_hash = said.new_session.page_script_hash
            self._buttons, self._fields, self._choices, self.redrawn = {}, {}, {}, {}

    def _note_where(self, said: ForwardMsg) -> None:
        """The addresses of the pages, that of this one, and what of it is drawn again by itself."""
        kind = said.WhichOneof("type")
        if kind == "navigation":
            self._hashes = {
                "" if each.is_default else each.url_pathname: each.page_script_hash
                for each in said.navigation.app_pages
            }
            self._at.page_script_hash = said.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.redrawn[said.auto_rerun.fragment_id] = said.auto_rerun.interval
        elif kind == "page_info_changed":
            self._at.query_string = said.page_info_changed.query_string

    def _note_control(self, said: ForwardMsg) -> None:
        element = said.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "button" and not element.button.disabled:
            self._buttons[element.button.label] = element.button.id
        elif kind == "text_area":
            self._fields[element.text_area.label] = element.text_area.id
        elif kind in {"radio", "selectbox"}:
            choice = element.radio if kind == "radio" else element.selectbox
            self._choices[choice.label] = choice.id, next(iter(choice.options), "")

    def _kept_or_new(self, said: ForwardMsg) -> ForwardMsg:
        """The message itself, or the one that it stands for, which this side has kept."""
        if said.WhichOneof("type") == "ref_hash":
            if said.ref_hash not in self._kept:
                raise ClickFailedError("the board took a message for known that was never sent")
            kept = ForwardMsg()
            kept.CopyFrom(self._kept[said.ref_hash][1])
            kept.metadata.CopyFrom(said.metadata)
            self._kept[said.ref_hash] = (self._runs, kept)
            return kept
        if said.metadata.cacheable:
            self._kept[said.hash] = (self._runs, said)
        return said

    def _forget_old(self) -> None:
        self._kept = {key: kept for key, kept in self._kept.items() if self._runs - kept[0] <= self._most_age}


def _drawn(seconds: float, messages: int, size: int, pieces: Mapping[tuple[int, ...], str]) -> Drawn:
    in_order = [pieces[path] for path in sorted(pieces)]
    links = dict.fromkeys(unescape(each) for piece in in_order for each in _LINK.findall(piece))
    return Drawn(
        seconds=seconds,
        messages=messages,
        sent_bytes=size,
        pieces=in_order,
        links=list(links),
    )


def _markup(said: ForwardMsg) -> str:
    element = said.delta.new_element
    return element.html.body if element.WhichOneof("type") == "html" else "x" * element.ByteSize()


@asynccontextmanager
async def wire(address: str, cookies: Mapping[str, str]) -> AsyncGenerator[Wire]:
    """A websocket as a browser opens it: the origin, the cookies, and the token against forged requests."""
    said = "; ".join(f"{name}={value}" for name, value in cookies.items())
    async with connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        origin=Origin(address),
        subprotocols=[Subprotocol("streamlit"), Subprotocol(cookies.get(_XSRF) or "PLACEHOLDER_AUTH_TOKEN")],
        additional_headers={"Cookie": said},
        max_size=_MOST_BYTES,
        proxy=None,
    ) as socket:
        yield Wire(socket)


async def signed_in(address: str, name: str) -> Mapping[str, str]:
    """The cookies of a browser in which somebody of the demonstration came in through the door.

    Raises:
        ClickFailedError: nobody of this name is offered there, or the door stayed shut.
    """
    async with httpx2.AsyncClient(base_url=address, follow_redirects=False, trust_env=False, timeout=60) as browser:
        door = (await browser.get("/sign-in")).text
        forms = {unescape(who): fields for who, fields in _FORM.findall(door)}
        if name not in forms:
            raise ClickFailedError(f"nobody called {name} is offered at the door: {', '.join(forms) or 'nobody is'}")
        typed = {field: unescape(value) for field, value in _FIELD.findall(forms[name])}
        came = await browser.post("/sign-in/as", data=typed, headers={"Origin": address})
        if came.status_code != 303:
            raise ClickFailedError(f"the door answered {came.status_code} to {name}")
        await browser.get("/")
        await browser.get("/_stcore/health")
        await browser.get("/_stcore/host-config")
        return dict(browser.cookies)


async def empty_handed(address: str) -> Mapping[str, str]:
    """The cookies of a browser at a board without a door."""
    async with httpx2.AsyncClient(base_url=address, trust_env=False, timeout=60) as browser:
        await browser.get("/_stcore/health")
        return dict(browser.cookies)
