"""The command line of cases before the panel, the part with holds, standing, marks and what is written.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.cli_cases import cases
from app.commands.answering import Answering
from app.options_cases import After, Hold, Panel, Size, Text
from app.options_privacy import Case, Reason, Version

#: The group of `app.cli_cases`, with the commands of this module added to it.
__all__ = ["cases"]


@cases.command("holds")
def holds(
    *,
    panel: Panel,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List those held, in the order of the list, with owner, clock and what is still to decide."""
    from app.commands import cases_standing as commands  # noqa: PLC0415 - see the module's docstring

    commands.holds(panel, after, size, Answering(config=config, as_json=as_json))


@cases.command("take-hold")
def take_hold(what: Case, *, hold: Hold, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Take a hold to work on."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    commands.take(what, hold, Answering(config=config, as_json=as_json))


@cases.command("give-back")
def give_back(
    what: Case,
    *,
    hold: Hold,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Give a hold back that somebody took."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    commands.back(what, hold, version, Answering(config=config, as_json=as_json))


@cases.command("resolve-hold")
def resolve_hold(
    what: Case,
    *,
    hold: Hold,
    outcome: Annotated[str, typer.Option("--outcome", metavar="WORD", help="list, do_not_list or keep_held.")],
    reason: Reason,
    victim: Annotated[
        str | None,
        typer.Option(
            "--victim", metavar="TOKEN", help="The counterpart, such as V1, where it goes by pair.", show_default="none"
        ),
    ] = None,
    review: Annotated[
        str | None,
        typer.Option("--review", metavar="DATE", help="The decision counts until then.", show_default="for good"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Decide about a hold; the next list made with these decisions acts on it."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    typed = commands.Resolving(case=what, hold=hold, outcome=outcome, reason=reason, victim=victim, review=review)
    commands.resolve(typed, Answering(config=config, as_json=as_json))


@cases.command("discharge")
def discharge(
    what: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Discharge a case from the panel, with its exit mark."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    commands.discharge(what, reason, version, Answering(config=config, as_json=as_json))


@cases.command("readopt")
def readopt(
    what: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a discharged case back, with a new entry mark."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    commands.readopt(what, reason, version, Answering(config=config, as_json=as_json))


@cases.command("tell")
def tell(
    what: Case,
    *,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day (YYYY-MM-DD).")],
    text: Text,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that the subject was told, when and what."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    typed = commands.Telling(case=what, day=on, text=text, version=version)
    commands.told_so(typed, Answering(config=config, as_json=as_json))


@cases.command("not-to-be-told")
def not_to_be_told(
    what: Case,
    *,
    reason: Reason,
    review: Annotated[str, typer.Option("--review", metavar="DATE", help="When it is looked at again.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that the subject is not to be told, why, and when that is looked at again."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    typed = commands.Telling(case=what, day=review, text=reason, version=version)
    commands.not_told(typed, Answering(config=config, as_json=as_json))


@cases.command("mark")
def mark(what: Case, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Mark a case at a review: its score and place on the current list."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    commands.mark(what, Answering(config=config, as_json=as_json))


@cases.command("marks")
def marks(what: Case, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """List entry, review and exit marks beside what age alone would have left."""
    from app.commands import cases_standing as commands  # noqa: PLC0415

    commands.marks(what, Answering(config=config, as_json=as_json))


@cases.command("say")
def say(
    what: Case,
    *,
    kind: Annotated[str, typer.Option("--type", metavar="WORD", help="fact, intelligence or opinion.")],
    text: Text,
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="Where it comes from; kept.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write a fact, a piece of intelligence or an opinion on a case."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    typed = commands.Saying(case=what, kind=kind, text=text, source=source)
    commands.say(typed, Answering(config=config, as_json=as_json))


@cases.command("profile")
def profile(
    what: Case,
    *,
    text: Text,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the profile of a case as other agencies may read it, in place of the last."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    commands.profile(what, text, version, Answering(config=config, as_json=as_json))


@cases.command("risk")
def risk(
    what: Case,
    *,
    text: Text,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the risk summary that the panel agreed, in place of the last."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    commands.risk(what, text, version, Answering(config=config, as_json=as_json))


@cases.command("need")
def need(
    what: Case,
    *,
    kind: Annotated[
        str, typer.Option("--kind", metavar="WORD", help="language, access, capacity, sex_stream or age_stream.")
    ],
    text: Text,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write down what a service must know to reach the subject."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    commands.need(what, kind, text, Answering(config=config, as_json=as_json))


@cases.command("children")
def children(what: Case, *, text: Text, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Write down what is known of children around a case."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    commands.children(what, text, Answering(config=config, as_json=as_json))


@cases.command("flag-children")
def flag_children(
    what: Case,
    *,
    affected: Annotated[str, typer.Option("--affected", metavar="yes|no", help="Whether children are affected.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say whether children are affected: all that a provider learns of them."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    commands.flag(what, affected, version, Answering(config=config, as_json=as_json))


@cases.command("writings")
def writings(what: Case, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Read what is written of a case: facts, intelligence and opinion apart."""
    from app.commands import cases_writing as commands  # noqa: PLC0415

    commands.writings(what, Answering(config=config, as_json=as_json))
