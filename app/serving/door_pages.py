"""The pages before anybody is signed in, as whole documents; they need no script."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup

from app.components.frame import DEMONSTRATION
from app.components.text import Html, together
from app.components.words import Tone, notice
from app.serving.admitting import Known

_PAGE = Markup(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} - MATAC board</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/board.css">'
    '<link rel="icon" href="/favicon.png"></head><body class="mat-door">{mark}<main><h1>{title}</h1>{body}</main>'
    "</body></html>"
)
_MARK = Markup('<header class="mat-demo">{}</header>').format(DEMONSTRATION)
_PERSON = Markup(
    '<li><div class="mat-person"><p><strong>{name}</strong>, {service} ({agency})</p><p class="mat-hint">{sentence}</p>'
    '</div><form method="post" action="/sign-in/as"><input type="hidden" name="person" value="{person}">'
    '<input type="hidden" name="service" value="{service}"><input type="hidden" name="to" value="{to}">'
    '<button type="submit">Be {first}</button></form></li>'
)
_SERVICE = Markup(
    '<li><div class="mat-person"><p><strong>{service}</strong> ({agency})</p></div>'
    '<form method="post" action="/sign-in/for"><input type="hidden" name="service" value="{service}">'
    '<input type="hidden" name="to" value="{to}"><button type="submit">Work for {service}</button></form></li>'
)


def choose_person(people: Sequence[Known], to: str, over: str | None = None) -> Html:
    """Whom to be in a demonstration. `over`: why a session has ended."""
    lines = together(
        [
            _PERSON.format(
                name=each.name,
                first=each.name.split(",")[0].split(" ")[0] if "," not in each.name else "yourself",
                service=place.service,
                agency=place.agency,
                sentence=each.sentence,
                person=each.user_id,
                to=to,
            )
            for each in people
            for place in each.places
        ]
    )
    nobody = "" if people else notice("Nobody is in this store yet.", Tone.WARN)
    body = Markup('{}<p class="mat-body">Choose whom to be. Each sees what their role may see, and no more.</p>{}'
                  '<ul class="mat-people">{}</ul>').format(_ended(over), nobody, lines)  # fmt: skip
    return _PAGE.format(title="Who are you?", mark=_MARK, body=body)


def sign_in(to: str, *, over: str | None, is_demonstration: bool) -> Html:
    """The way to the provider. `over`: why a session has ended."""
    body = Markup(
        '{}<p class="mat-body">You sign in with your organisation. What you may see and do here is granted in the case '
        'store by two people, and what you look at is logged.</p><form method="post" action="/sign-in/go">'
        '<input type="hidden" name="to" value="{}"><button type="submit">Sign in</button></form>'
    ).format(_ended(over), to)
    return _PAGE.format(title="Sign in to the MATAC board", mark=_MARK if is_demonstration else "", body=body)


def choose_service(known: Known, to: str) -> Html:
    """For which service to be at work, for those who work in several."""
    lines = together([_SERVICE.format(service=each.service, agency=each.agency, to=to) for each in known.places])
    body = Markup(
        '<p class="mat-body">You work in several services. Choose for which you are at work now: you see what that one '
        'may see.</p><ul class="mat-people">{}</ul>'
    ).format(lines)
    return _PAGE.format(title="For whom are you at work?", mark="", body=body)


def refused(sentence: str) -> Html:
    """Why nobody came in."""
    body = Markup('{}<p class="mat-body"><a href="/sign-in">Back to signing in</a></p>').format(
        notice(sentence, Tone.BAD)
    )
    return _PAGE.format(title="You are not signed in", mark="", body=body)


def prove(to: str, *, by_provider: bool, is_demo: bool) -> Html:
    """Before what could do most harm: the way to prove again that it is you."""
    how = (
        "Your organisation asks you to sign in once more, and sends you back."
        if by_provider
        else "In a demonstration there is nobody to ask: the button stands for signing in once more."
    )
    body = Markup(
        '<p class="mat-body">What you are about to do gives somebody access, opens a case in an emergency, or lets a '
        "file leave the building. So that nobody does it at a screen you left, prove again that it is you. {} It "
        'counts for five minutes, and is logged.</p><form method="post" action="/prove/go">'
        '<input type="hidden" name="to" value="{}"><button type="submit">It is me</button></form>{}'
    ).format(how, to, _back_to(to))
    return _PAGE.format(title="Prove again that it is you", mark=_MARK if is_demo else "", body=body)


def proven() -> Html:
    """That it is proven, beside the page that waits for it."""
    body = Markup(
        '<p class="mat-body">It counts for five minutes. Close this tab, go back to the page that you came from, where '
        "what you typed still stands, and press its button again.</p>"
    )
    return _PAGE.format(title="You have proved that it is you", mark="", body=body)


def not_proven(sentence: str, to: str) -> Html:
    """Why somebody did not prove that it is they; they stay signed in."""
    body = Markup('{}<p class="mat-body"><a href="/prove?to={}">Try again</a></p>{}').format(
        notice(sentence, Tone.BAD), quote(to), _back_to(to)
    )
    return _PAGE.format(title="Not proved", mark="", body=body)


def not_fetched(sentence: str) -> Html:
    """Why a file could not be fetched."""
    body = Markup('{}<p class="mat-body"><a href="/">To the board</a></p>').format(notice(sentence, Tone.BAD))
    return _PAGE.format(title="The file cannot be fetched", mark="", body=body)


def _back_to(to: str) -> Html:
    if not to.startswith("/"):
        return Markup("")
    return Markup('<p class="mat-body"><a href="{}">Back without it</a></p>').format(to)


def _ended(over: str | None) -> Html:
    if over is None:
        return Markup("")
    return notice(over)
