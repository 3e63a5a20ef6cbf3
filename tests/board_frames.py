"""A page of the board as a browser's connection speaks with it, without a browser."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from app.serving.house import COOKIE


@contextmanager
def connection(address: str, token: str) -> Generator[ClientConnection]:
    """One connection of a session."""
    with connect(
        address.replace("http", "ws") + "/_stcore/stream",
        origin=address,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": f"{COOKIE}={token}"},
        open_timeout=20,
        max_size=None,
    ) as opened:
        yield opened


def rerun(page: str = "", query: str = "") -> bytes:
    """What a browser sends to have a page drawn."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = query
    return asked.SerializeToString()


def drawn(opened: ClientConnection, page: str, *, patience: float = 30.0) -> str:
    """The words of a page, asked for and read whole.

    Raises:
        TimeoutError: it was not drawn in that many seconds.
    """
    opened.send(rerun(page))
    until, found = time.monotonic() + patience, list[str]()
    while True:
        told = ForwardMsg()
        told.ParseFromString(opened.recv(timeout=max(0.01, until - time.monotonic())))  # type: ignore[arg-type]
        if told.WhichOneof("type") == "script_finished":
            return " ".join(re.sub(r"<[^>]+>", " ", " ".join(found)).split())
        found.append(told.delta.new_element.html.body)
