"""The commands on what is written of a case: `mat cases`, the part with statements, summaries, needs and children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, plain, told
from app.commands.apart import apart
from app.commands.reading import read_settings
from app.commands.typed import read_word
from app.tasking.finding import case_named
from app.tasking.nominating import statements
from app.tasking.nominating.statements import NewStatement, Writings, writings_of
from mat.errors import StoreError
from mat.store.panel_vocabulary import NeedKind, StatementType


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A statement as it was typed."""

    case: str
    kind: str
    text: str
    source: str


def say(typed: Saying, answering: Answering) -> None:
    """Write a statement on a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewStatement(
            case=case_named(desk, typed.case),
            statement_type=read_word(typed.kind, StatementType, "--type"),
            content=typed.text,
            source=typed.source,
        )
        made = statements.say(desk, new)
    done("cases say", {"statement": made}, f"Written down: {made}.", answering)


def profile(what: str, text: str, version: int | None, answering: Answering) -> None:
    """Write the profile of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        statements.summarise(desk, case, text, version=version)
    done("cases profile", {"case": case}, "Written: other agencies that see the case read this.", answering)


def risk(what: str, text: str, version: int | None, answering: Answering) -> None:
    """Write the agreed risk summary of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        statements.agree_risk(desk, case, text, version=version)
    done("cases risk", {"case": case}, "Written: a provider that accepts a referral reads this.", answering)


def need(what: str, kind: str, text: str, answering: Answering) -> None:
    """Write down a need of a subject."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = statements.add_need(desk, case_named(desk, what), read_word(kind, NeedKind, "--kind"), text)
    done("cases need", {"need": made}, f"Written down: {made}.", answering)


def children(what: str, text: str, answering: Answering) -> None:
    """Write down what is known of children."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = statements.note_children(desk, case_named(desk, what), text)
    done("cases children", {"note": made}, f"Written down: {made}.", answering)


def flag(what: str, affected: str, version: int | None, answering: Answering) -> None:
    """Say whether children are affected.

    Raises:
        StoreError: neither yes nor no was typed.
    """
    if affected not in {"yes", "no"}:
        raise StoreError(f"--affected should be yes or no, not '{affected}'.")
    are = affected == "yes"
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        statements.flag_children(desk, case, affected=are, version=version)
    done("cases flag-children", {"case": case, "affected": are}, "Written down.", answering)


def writings(what: str, answering: Answering) -> None:
    """Print what is written of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = writings_of(desk, case_named(desk, what))
    told("cases writings", plain(found), list(_written(found)), answering)


def _written(found: Writings) -> Iterator[str]:
    for head, summary in (("Profile", found.profile), ("Agreed risk summary", found.risk)):
        if summary is not None:
            yield f"{head}, {said(summary.by)}, {said(summary.at)}, version {summary.version}: {said(summary.content)}"
    yield from apart(found.statements or ())
    for one in found.needs or ():
        yield f"Needs, {said(one.kind)}: {said(one.content)}"
    if found.children_affected is not None:
        yield f"Children affected: {said(found.children_affected)}."
    for note in found.children or ():
        yield f"Children: {said(note.content)} ({said(note.written_by)}, {said(note.written_at)})"
    if found.not_open:
        yield f"Not open to you: {said(found.not_open).replace('_', ' ')}."
