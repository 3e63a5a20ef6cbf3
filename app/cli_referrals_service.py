"""The command line of behaviour change, the part of the service: triage, the course of a programme, its end.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from app import options
from app.cli_referrals import referrals
from app.commands.answering import Answering
from app.options_privacy import Reason, Version
from app.options_referrals import After, Referral, Size

#: The group of `app.cli_referrals`, with the commands of this module added to it.
__all__ = ["referrals"]

Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="A few words; kept.", show_default="none")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day of the session.", show_default="today")]


@referrals.command("take-up")
def take_up(
    referral: Referral, *, version: Version = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Begin the triage of a referral to your service."""
    from app.commands import referrals_service as commands  # noqa: PLC0415 - see the module's docstring

    commands.take_up(referral, version, Answering(config=config, as_json=as_json))


@referrals.command("check")
def check(
    referral: Referral,
    answers: Annotated[
        list[str], typer.Argument(metavar="RULE=ANSWER...", help="Such as residence=met; met, not_met or not_known.")
    ],
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Answer eligibility rules; every rule as it stands then."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.check(referral, answers, version, Answering(config=config, as_json=as_json))


@referrals.command("override")
def override(
    referral: Referral,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule that is not met, and may be overridden.")],
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Let a rule that is not met not stand in the way."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.override(referral, rule, reason, version, Answering(config=config, as_json=as_json))


@referrals.command("accept")
def accept(
    referral: Referral,
    *,
    tier: Annotated[str, typer.Option("--tier", metavar="TIER", help="A tier of the pathway.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take somebody on: you see the case from now until the referral is closed."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.accept(referral, tier, version, Answering(config=config, as_json=as_json))


@referrals.command("decline")
def decline(
    referral: Referral,
    *,
    reason: Reason,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rule", metavar="RULE", help="A rule that fails; may be given again.", show_default="as answered"
        ),
    ] = None,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say no, and why: the coordinator and whoever supports a victim are told."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.decline(referral, reason, rules or [], version, Answering(config=config, as_json=as_json))


@referrals.command("wait")
def wait(
    referral: Referral, *, version: Version = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Put somebody who was accepted on the waiting list."""
    _move("wait", referral, None, version, Answering(config=config, as_json=as_json))


@referrals.command("start")
def start(
    referral: Referral, *, version: Version = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Start; refused before support was offered to the (former) partner."""
    _move("start", referral, None, version, Answering(config=config, as_json=as_json))


@referrals.command("pause")
def pause(
    referral: Referral,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Pause, for a reason."""
    _move("pause", referral, reason, version, Answering(config=config, as_json=as_json))


@referrals.command("resume")
def resume(
    referral: Referral, *, version: Version = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Go on after a pause."""
    _move("resume", referral, None, version, Answering(config=config, as_json=as_json))


@referrals.command("attended")
def attended(
    referral: Referral,
    *,
    on: On = None,
    note: Note = None,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write down that they came to a session."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.session(
        referral, commands.Session(on=on, note=note, came=True), version, Answering(config=config, as_json=as_json)
    )


@referrals.command("missed")
def missed(
    referral: Referral,
    *,
    on: On = None,
    note: Note = None,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write down that they did not come to a session."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.session(
        referral, commands.Session(on=on, note=note, came=False), version, Answering(config=config, as_json=as_json)
    )


@referrals.command("close")
def close(
    referral: Referral,
    *,
    closure: Annotated[
        str,
        typer.Option("--as", metavar="WORD", help="planned, unplanned, unsuitable, transferred or consent_withdrawn."),
    ],
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End the work with somebody: you no longer see the case, and both sides are told. No action closes with it."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.close(referral, closure, reason, version, Answering(config=config, as_json=as_json))


@referrals.command("consent-withdrawn")
def consent_withdrawn(
    referral: Referral,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="How you know, in a sentence; kept.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write down that they no longer agree: declined before acceptance, closed after it."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.consent_withdrawn(referral, reason, version, Answering(config=config, as_json=as_json))


@referrals.command("alerts")
def alerts(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that were seen too.")] = False,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List changes of risk of people who are referred, that nobody of the service has seen."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.alerts(everything, after, size, Answering(config=config, as_json=as_json))


@referrals.command("seen")
def seen(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Its id, see `mat referrals alerts`.")],
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that your service has seen a change of risk."""
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.seen(alert, version, Answering(config=config, as_json=as_json))


def _move(
    name: Literal["wait", "start", "pause", "resume"],
    referral: str,
    note: str | None,
    version: int | None,
    answering: Answering,
) -> None:
    from app.commands import referrals_service as commands  # noqa: PLC0415

    commands.move(name, referral, note, version, answering)
