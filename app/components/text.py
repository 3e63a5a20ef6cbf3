"""Text as text: whatever somebody typed, or a force recorded, is shown letter by letter and never interpreted.

Markup is made by these functions alone; what is put into it is escaped by `markupsafe`, which every component uses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup, escape

from app.wording import ORDER_WORDS
from governance.retention import ZONE

K = TypeVar("K", bound=Hashable)
#: Markup that a component made: the one kind of text that a page draws as it is.
Html = Markup
#: What Markdown, and Streamlit's additions to it, could act upon in a label.
_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:^=&\"'/@])")
#: Where an address begins or an e-mail address turns, which Streamlit would make a link of even where it is escaped.
_ADDRESS = re.compile(r"(https?\\:|www|@)(?=\\?[/.\w-])", re.IGNORECASE)
#: Has no width and no meaning; it keeps an address in a label from being one.
JOINER = "\u2060"
_SPACES = re.compile(r"\s+")
NOTHING = "\u2013"
#: Stands where something is that cannot be seen, or would cover what stands beside it.
HIDDEN = "\ufffd"
#: Letters by their kind, and yet drawn as nothing: fillers, a Braille cell without dots, selectors of a variant (but
#: that of emoji).
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE0F)))
#: More marks over one letter than any language writes.
_PILED = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_ABBREVIATIONS = frozenset(
    {"cawn", "cbo", "dapn", "dapo", "dpo", "dvds", "dvpn", "dvpo", "iom", "mappa", "marac", "nmo", "spo", "vru"}
)


def as_text(value: object) -> Html:
    """A value as people read it: words for codes, days and moments as England and Wales show them, a dash for null."""
    return escape(in_words(value)) if not isinstance(value, Markup) else value


def as_lines(text: str) -> Html:
    """A longer text with its lines kept."""
    return Markup("<br>").join(escape(_visible(line)) for line in text.splitlines())


def as_label(text: str) -> str:
    """A text for the label of a Streamlit field or button, whose Markdown is taken from it."""
    plain = _ACTIVE.sub(r"\\\1", _SPACES.sub(" ", _visible(text)).strip())
    return _ADDRESS.sub(rf"\1{JOINER}", plain)


def in_words(value: object) -> str:
    """A value in words, on one line, as plain text."""
    if isinstance(value, list | tuple | set | frozenset):
        said = ", ".join(in_words(each) for each in cast("Sequence[object]", value))
    elif isinstance(value, datetime | date):
        said = moment(value) if isinstance(value, datetime) else day(value)
    elif isinstance(value, Enum):
        said = code(str(value.value))
    elif isinstance(value, bool):
        said = "yes" if value else "no"
    else:
        said = "" if value is None else _visible(_SPACES.sub(" ", str(value)))
    return said or NOTHING


def day(value: date) -> str:
    """Such as 3 May 2026."""
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    """Such as 3 May 2026, 14:05: of England and Wales."""
    here = value.astimezone(ZONE)
    return f"{day(here.date())}, {here:%H:%M}"


def with_commands(words: str, here: Mapping[str, Html] = MappingProxyType({})) -> Html:
    """A sentence of the board's own, what stands between backticks as something to type.

    `here`: by command, what to say in its place on a page that has it.
    """
    return Markup("").join(
        here.get(part, Markup("<code>{}</code>").format(part)) if number % 2 else escape(part)
        for number, part in enumerate(words.split("`"))
    )


def code(value: str) -> str:
    """A code of mat's in words: `tenancy_warning` as tenancy warning, `dvpn` as DVPN."""
    return " ".join(word.upper() if word in _ABBREVIATIONS else word for word in value.split("_"))


def order_name(kind: str) -> str:
    """A kind of notice or order as it is called: `occupation` as occupation order, `dvpn` as DVPN."""
    return ORDER_WORDS.get(kind, code(kind))


def model_name(model: str, version: str) -> str:
    """What ranked a list, as people call it: the points table by its name, a learnt model by itself; no fingerprint."""
    called = version.partition("+")[0]
    return f"RFGV (points table {called})" if model == "rfgv" else f"{model} {called}"


def address(page: str, query: Mapping[str, str | UUID] | None = None) -> str:
    """Where a page of the board is; `query`: what it is asked."""
    asked = {name: str(value) for name, value in (query or {}).items()}
    return f"/{page}" + (f"?{urlencode(asked)}" if asked else "")


def link(words: object, page: str, query: Mapping[str, str | UUID] | None = None) -> Html:
    """A link to a page of the board."""
    return Markup('<a class="go" href="{}" target="_self">{}</a>').format(address(page, query), as_text(words))


def case_link(case: str, subject_id: UUID) -> Html:
    """A link to a case by what it is called; one that has no name or number yet, by the end of its id."""
    return link(case_name(case, subject_id), "subject", {"case": subject_id})


def case_name(case: str, subject_id: UUID) -> str:
    """What a case is called; one that has no name or number yet, by the end of its id."""
    return case_token(subject_id) if case == str(subject_id) else case


def case_token(subject_id: UUID) -> str:
    """What a case is called where no name or number of it is shown."""
    return f"Case {str(subject_id)[-8:]}"


def called_with(name: str | None, case: str) -> str:
    """The name of a person with the id of their case, or the id alone; `name` None = not known, or not open."""
    return case if name is None or name == case else f"{name}, {case}"


def hidden(words: str) -> Html:
    """Words for those who listen to the page."""
    return Markup('<span class="mat-heard">{}</span>').format(words)


def together(parts: Sequence[Html]) -> Html:
    """Parts one after the other."""
    return Markup("").join(parts)


def _visible(text: str) -> str:
    """With what would hide or turn around other letters, or looks like nothing at all, made visible."""
    return _PILED.sub(rf"\1{HIDDEN}", "".join(HIDDEN if _is_hidden(letter) else letter for letter in text))


def _is_hidden(letter: str) -> bool:
    return letter in _BLANKS or not (letter.isprintable() or letter in "\n\t")


def told_apart(called: Mapping[K, str], more: Mapping[K, str] | None = None) -> Mapping[K, str]:
    """What each is called, so that no two are called the same: a browser gives a choice back by its words.

    Those that would be are followed by what `more` says of them, and where that is the same too by the end of their id.
    """
    often = Counter(map(_as_seen, called.values()))
    first = {
        key: f"{words} ({more[key]})" if often[_as_seen(words)] > 1 and more is not None else words
        for key, words in called.items()
    }
    still = Counter(map(_as_seen, first.values()))
    return {
        key: f"{words} [{number}: {str(key)[-8:]}]" if still[_as_seen(words)] > 1 else words
        for number, (key, words) in enumerate(first.items(), start=1)
    }


def _as_seen(words: str) -> str:
    """Words as an eye takes them in: case, spaces and what cannot be seen make no difference."""
    return " ".join(in_words(words).casefold().split())
