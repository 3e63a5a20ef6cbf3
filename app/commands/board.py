"""The command that opens the board: `mat board`."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from app.commands.reading import read_settings
from app.commands.telling import of_demonstration, tell
from app.serving.application import serve
from app.serving.house import House
from app.serving.identity import Provider, read_provider
from app.serving.sessions import Sessions
from mat.errors import AccessRefused, SettingsError
from mat.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What was typed. `origin`: how browsers reach the board where that is not its own address; None = as it is."""

    address: str
    port: int
    origin: str | None
    is_demonstration: bool


def board(opening: Opening, *, config: Path | None, as_json: bool) -> None:
    """Serve the board until it is stopped.

    Raises:
        SettingsError: the address, the port or the provider of identities cannot be used.
        AccessRefused: `--demo` on a store that is not for demonstrations, or beyond this machine.
        StoreError: the store is not there or down.
    """
    settings = read_settings(config)
    is_near = _is_loopback(opening.address)
    if opening.is_demonstration and not (is_near and opening.origin is None):
        raise AccessRefused(
            "--demo lets anybody be anybody, so it serves this machine alone: leave --address and --origin out, or "
            "open the board without --demo."
        )
    provider = None if opening.is_demonstration else read_provider(settings.key_dir)
    origins = _origins(opening, is_near=is_near)
    store = Store.open(settings)
    try:
        of_demonstration.set(store.is_demonstration)
        if opening.is_demonstration and not store.is_demonstration:
            raise AccessRefused(
                "This case store is not one for demonstrations, and --demo lets anybody be anybody: open the board "
                "without --demo, or make a store for practice with `mat db init --demo`."
            )
        _serve(store, opening, provider, origins, as_json=as_json)
    finally:
        store.close()


def _serve(
    store: Store, opening: Opening, provider: Provider | None, origins: frozenset[str], *, as_json: bool
) -> None:
    with _listening(opening) as listening:
        port = listening.getsockname()[1]
        known = frozenset(each.replace(":0", f":{port}") for each in origins) if opening.port == 0 else origins
        house = House(store=store, sessions=Sessions(store), provider=provider, origins=known)
        address = opening.origin or f"http://{_in_url(opening.address)}:{port}"
        tell(
            {"command": "board", "address": address, "demo": opening.is_demonstration},
            [f"The board is open at {address}", "Stop it with Ctrl-C."],
            as_json=as_json,
        )
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, _stop)
        with suppress(KeyboardInterrupt):
            serve(house, listening)


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _listening(opening: Opening) -> socket.socket:
    family = socket.AF_INET6 if ":" in opening.address else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((opening.address, opening.port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"The board cannot listen at {opening.address}, port {opening.port} ({error.strerror}): choose another "
            "with --port, or --address."
        ) from error
    return listening


def _origins(opening: Opening, *, is_near: bool) -> frozenset[str]:
    if opening.origin is not None:
        parts = urlsplit(opening.origin)
        if parts.scheme != "https" or not parts.netloc or parts.path not in {"", "/"} or parts.query:
            raise SettingsError("--origin should be such as https://board.example.org: https, a name, and no path.")
        return frozenset({f"https://{parts.netloc}"})
    if not is_near:
        raise SettingsError(
            "Beyond this machine the board is reached by https alone: put a proxy with a certificate before it, and "
            "say with --origin how browsers reach it."
        )
    names = {_in_url(opening.address), "localhost"}
    return frozenset(f"http://{name}:{opening.port}" for name in names)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise SettingsError(f"--address should be a number such as 127.0.0.1, not {address!r}.") from None


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
