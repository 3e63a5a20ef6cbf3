"""Small pieces of a page: tags, insets, notices and empty states."""

from __future__ import annotations

from enum import StrEnum

from markupsafe import Markup

from app.components.text import Html, as_text, hidden, in_words
from app.tasking.clocks import Due


class Tone(StrEnum):
    """What a tag or a notice is about; its words say it too, never its colour alone."""

    PLAIN = "plain"
    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


_HEARD = {Tone.PLAIN: "", Tone.INFO: "Information:", Tone.GOOD: "Done:", Tone.WARN: "Take care:", Tone.BAD: "Problem:"}
_DUE = {
    Due.OVERDUE: ("Overdue", Tone.BAD),
    Due.TODAY: ("Due today", Tone.WARN),
    Due.SOON: ("Due soon", Tone.WARN),
    Due.LATER: ("Later", Tone.PLAIN),
}


def tag(words: object, tone: Tone = Tone.PLAIN) -> Html:
    """A state in a word or two."""
    return Markup('<strong class="mat-tag mat-{}">{}</strong>').format(tone.value, as_text(words))


def due_tag(due: Due | None) -> Html:
    """How a day lies to today; None = nothing is due any more."""
    return tag("Closed") if due is None else tag(*_DUE[due])


def inset(words: object) -> Html:
    """What should be read beside the rest."""
    return Markup('<div class="mat-inset">{}</div>').format(as_text(words))


def notice(words: object, tone: Tone = Tone.INFO) -> Html:
    """A sentence that must not be overlooked; a problem is read out at once."""
    role = "alert" if tone is Tone.BAD else "status"
    return Markup('<div class="mat-notice mat-{}" role="{}">{} {}</div>').format(
        tone.value, role, hidden(_HEARD[tone]), as_text(words)
    )


def empty(words: object) -> Html:
    """What is said where there is nothing to show."""
    return Markup('<p class="mat-empty">{}</p>').format(as_text(words))


def hint(words: object) -> Html:
    """A quieter line under a heading."""
    return Markup('<p class="mat-hint">{}</p>').format(as_text(words))


def unmarked(by: str, at: object) -> Html:
    """By whom and when words were written that are no statement of a kind, and that they are none."""
    return hint(f"{by}, {in_words(at)}; marked neither as fact, intelligence nor opinion")


def paragraph(words: object) -> Html:
    """A sentence or two."""
    return Markup('<p class="mat-body">{}</p>').format(as_text(words))


def heading(words: object, *, level: int = 2, anchor: str | None = None) -> Html:
    """A heading of level 2 to 4; a page's own, level 1, is drawn by the shell."""
    name = Markup(' id="{}"').format(anchor) if anchor else Markup("")
    return Markup("<h{level}{name}>{words}</h{level}>").format(level=level, name=name, words=as_text(words))
