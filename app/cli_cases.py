"""The command line of cases before the panel: candidates, judgements, nominations and the decisions on them.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_cases import After, Panel, Size
from app.options_privacy import Case, Reason, Version

cases = typer.Typer(
    name="cases",
    rich_markup_mode=None,
    help="Who comes before the panel: put forward, judged blind, nominated, adopted, and how a case stands.",
)

Form = Annotated[str, typer.Argument(metavar="FORM", help="Its id, see `mat cases forms`.")]


@cases.command("candidates")
def candidates(
    *,
    panel: Panel,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List everybody who may come before the panel, in an order that says nothing of rank.

    A rank is shown once your service has judged the case in this cycle.
    """
    from app.commands import cases as commands  # noqa: PLC0415 - see the module's docstring

    commands.candidates(panel, after, size, Answering(config=config, as_json=as_json))


@cases.command("show")
def show(what: Case, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Show how a case came before the panel and how it stands; no rank."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.show_case(what, Answering(config=config, as_json=as_json))


@cases.command("judge")
def judge(
    what: Case,
    *,
    concern: Annotated[
        str, typer.Option("--concern", metavar="WORD", help="What your service thinks: high, some, little, cannot_say.")
    ],
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what your service thinks of a case before it sees the rank: once in a cycle."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.judge_case(what, concern, reason, Answering(config=config, as_json=as_json))


@cases.command("rank")
def rank(what: Case, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Show the place of a case that your service has judged in this cycle."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.rank(what, Answering(config=config, as_json=as_json))


@cases.command("nominate")
def nominate(
    what: Case,
    *,
    source: Annotated[
        str, typer.Option("--from", metavar="WORD", help="Where the case comes from: list, hold, partner or panel.")
    ],
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Nominate one case."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.nominate_case(what, source, reason, Answering(config=config, as_json=as_json))


@cases.command("propose")
def propose(
    what: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Propose a nominated case that your service has judged."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.decide("propose", what, reason, version, Answering(config=config, as_json=as_json))


@cases.command("put-off")
def put_off(
    what: Case,
    *,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="When it is looked at again (YYYY-MM-DD).")],
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Leave a nominated case for now."""
    from app.commands import cases as commands  # noqa: PLC0415

    typed = commands.PuttingOff(case=what, until=until, reason=reason, version=version)
    commands.put_off(typed, Answering(config=config, as_json=as_json))


@cases.command("exclude")
def exclude(
    what: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Exclude a nominated case; who thinks otherwise nominates it anew."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.decide("exclude", what, reason, version, Answering(config=config, as_json=as_json))


@cases.command("withdraw")
def withdraw(
    what: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a nomination back."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.decide("withdraw", what, reason, version, Answering(config=config, as_json=as_json))


@cases.command("adopt")
def adopt(
    what: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Adopt a proposed case: the panel works on it from now, and its entry is marked."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.decide("adopt", what, reason, version, Answering(config=config, as_json=as_json))


@cases.command("overrides")
def overrides(
    *,
    panel: Panel,
    cycle: Annotated[
        str | None,
        typer.Option("--cycle", metavar="DATE", help="The as-of date of a list.", show_default="the current list's"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say how often people decided otherwise than the list; names nobody."""
    from app.commands import cases as commands  # noqa: PLC0415

    commands.show_overrides(panel, cycle, Answering(config=config, as_json=as_json))


@cases.command("put-forward")
def put_forward(
    *,
    panel: Panel,
    surname: Annotated[str, typer.Option("--surname", metavar="NAME", help="Whom you put forward.")],
    forename: Annotated[
        str | None, typer.Option("--forename", metavar="NAME", help="Their forename.", show_default="not known")
    ] = None,
    born: Annotated[
        str | None, typer.Option("--born", metavar="DATE", help="Their date of birth.", show_default="not known")
    ] = None,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Put somebody forward for the panel, also a person without any incident.

    You learn whether the form was taken up, or why not; never whether there is a case.
    """
    from app.commands import cases_forms as commands  # noqa: PLC0415

    typed = commands.PuttingForward(panel=panel, surname=surname, forename=forename, born=born, reason=reason)
    commands.put_forward(typed, Answering(config=config, as_json=as_json))


@cases.command("own-forms")
def own_forms(
    *, after: After = None, size: Size = 50, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """List the forms of your service, and what became of each."""
    from app.commands import cases_forms as commands  # noqa: PLC0415

    commands.own_forms(after, size, Answering(config=config, as_json=as_json))


@cases.command("forms")
def forms(
    *, after: After = None, size: Size = 50, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """List the forms that wait for an answer, with cases of the same surname or birth date."""
    from app.commands import cases_forms as commands  # noqa: PLC0415

    commands.open_forms(after, size, Answering(config=config, as_json=as_json))


@cases.command("take-up")
def take_up(
    form: Form,
    *,
    case: Annotated[
        str | None, typer.Option("--case", metavar="CASE", help="The case it is about.", show_default="a new one")
    ] = None,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a form up: the person is nominated, and the form is blanked."""
    from app.commands import cases_forms as commands  # noqa: PLC0415

    commands.take_up(form, case, version, Answering(config=config, as_json=as_json))


@cases.command("set-aside")
def set_aside(
    form: Form,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; the agency reads it.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Set a form aside; the agency reads why, and nothing of the person is kept."""
    from app.commands import cases_forms as commands  # noqa: PLC0415

    commands.set_aside(form, reason, version, Answering(config=config, as_json=as_json))


@cases.command("identify")
def identify(
    what: Case,
    *,
    person: Annotated[str, typer.Option("--person", metavar="ID", help="The id in the force's extracts.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="How you know it is the same person.")],
    namespace: Annotated[str, typer.Option("--namespace", metavar="NAME", help="Whose ids these are.")] = "force",
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say by which id a force knows the person of a case opened from a form, so that an import opens no second one."""
    from app.commands import cases_forms as commands  # noqa: PLC0415

    commands.identify(what, person, namespace, reason, Answering(config=config, as_json=as_json))
