"""What is said before something leaves the building: the proof that it is you, and the one-time link to a file."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from app.components.text import Html, as_text, hidden
from governance.retention import ZONE

_SHORT = 16


def to_prove(back: str | None) -> Html:
    """The way to prove again who one is. `back`: the page to come back to; None = in a tab beside a page that waits."""
    words = "Prove again that it is you"
    if back is None:
        return Markup(
            '<p class="mat-body"><a href="/prove?to=beside" target="_blank" rel="noopener">{} (opens in a new tab)</a>'
            ". What you typed stays here; press the button again afterwards.</p>"
        ).format(words)
    return Markup(
        '<div class="mat-inset"><p>What this part does needs a fresh proof that it is you, which counts for five '
        'minutes.</p><p><a class="mat-prove" href="/prove?to={}" target="_self">{}</a></p></div>'
    ).format(quote(back), words)


def to_fetch(token: str, name: str, size: int, sha256: str, until: datetime) -> Html:
    """The link under which a file can be fetched once."""
    return Markup(
        '<div class="mat-inset mat-out" role="status"><p><a href="/out/{token}" target="_self">Fetch {name}</a></p>'
        '<p class="mat-hint">{size}; SHA-256 begins {short}. It can be fetched once, until {until}.{heard}</p></div>'
    ).format(
        token=token,
        name=as_text(name),
        size=_in_bytes(size),
        short=sha256[:_SHORT],
        until=f"{until.astimezone(ZONE):%H:%M}",
        heard=hidden(" It is for you alone, in this session."),
    )


def _in_bytes(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
