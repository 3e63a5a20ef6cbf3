"""The commands by which an agency puts somebody forward and a coordinator answers: `mat cases`, the part with forms."""

from __future__ import annotations

from dataclasses import dataclass

from app.commands.access import named
from app.commands.access_lines import lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, plain, told
from app.commands.reading import read_settings
from app.commands.typed import Id, read_day, read_id
from app.tasking.finding import case_named
from app.tasking.nominating import forms, identifying
from app.tasking.nominating.forms import NewForm

FORM = Id("FORM", "cases forms")


@dataclass(frozen=True, slots=True, kw_only=True)
class PuttingForward:
    """Somebody to put forward, as it was typed."""

    panel: str
    surname: str
    forename: str | None
    born: str | None
    reason: str


def put_forward(typed: PuttingForward, answering: Answering) -> None:
    """Put somebody forward."""
    born = None if typed.born is None else read_day(typed.born, "--born")
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewForm(
            panel_id=named(desk, "panel", typed.panel),
            surname=typed.surname,
            forename=typed.forename,
            birth_date=born,
            reason=typed.reason,
        )
        made = forms.put_forward(desk, new)
    sentence = f"Put forward: {made}. `mat cases own-forms` shows what became of it."
    done("cases put-forward", {"form": made}, sentence, answering)


def own_forms(after: str | None, size: int, answering: Answering) -> None:
    """Print the forms of the person's service."""
    with acting_desk(read_settings(answering.config)) as desk:
        start = None if after is None else read_id(after, "--after")
        found = forms.own_forms(desk, after=start, size=size)
    rows = [
        {
            "written": each.written_at,
            "panel area": each.panel,
            "person": each.name,
            "answer": each.answer,
            "why": each.why,
            "id": each.form_id,
        }
        for each in found
    ]
    sentences = lines(list(rows[0]), rows) if rows else ["Your service has put nobody forward."]
    told("cases own-forms", {"forms": [plain(each) for each in found]}, sentences, answering)


def open_forms(after: str | None, size: int, answering: Answering) -> None:
    """Print the forms that wait for an answer."""
    with acting_desk(read_settings(answering.config)) as desk:
        start = None if after is None else read_id(after, "--after")
        found = forms.open_forms(desk, after=start, size=size)
    sentences: list[str] = []
    for each in found:
        name = " ".join(part for part in (each.forename, each.surname) if part)
        sentences.append(
            f"{each.form_id}, by {said(each.service)} on {said(each.written_at)}, version {each.version}: "
            f"{said(name)}, born {said(each.birth_date)}: {said(each.reason)}"
        )
        like = [f"{known_as} ({case})" for case, known_as in each.like.items()]
        sentences.append(
            f"  cases of the same surname or birth date: {said(like)}; take it up with --case, or "
            "without for a new case"
            if each.like
            else "  no case of the same surname or birth date is open to you"
        )
    told(
        "cases forms",
        {"forms": [plain(each) for each in found]},
        sentences or ["No form waits for an answer."],
        answering,
    )


def take_up(form: str, case: str | None, version: int | None, answering: Answering) -> None:
    """Take a form up."""
    with acting_desk(read_settings(answering.config)) as desk:
        about = None if case is None else case_named(desk, case)
        found = forms.take_up(desk, read_id(form, FORM), case=about, version=version)
    done("cases take-up", {"case": found}, f"Taken up: the person is nominated, case {found}.", answering)


def set_aside(form: str, reason: str, version: int | None, answering: Answering) -> None:
    """Set a form aside."""
    with acting_desk(read_settings(answering.config)) as desk:
        forms.set_aside(desk, read_id(form, FORM), reason, version=version)
    done(
        "cases set-aside",
        {"form": form},
        "Set aside: the agency reads why, and nothing of the person is kept.",
        answering,
    )


def identify(what: str, person: str, namespace: str, reason: str, answering: Answering) -> None:
    """Say by which id a force knows the person of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        about = case_named(desk, what)
        identifying.identify(desk, about, person, reason, namespace=namespace)
    sentence = "Written down: the next import finds this case and opens no other."
    done("cases identify", {"case": about}, sentence, answering)
