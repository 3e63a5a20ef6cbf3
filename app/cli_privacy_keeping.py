"""The command line of how long a case is kept: `privacy reviews` and `privacy remove`.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.options_privacy import Case, Reason, Version

reviews = typer.Typer(name="reviews", rich_markup_mode=None, help="Whether cases are still needed: a person decides.")
remove = typer.Typer(name="remove", rich_markup_mode=None, help="Remove a case: one proposes, another does it.")


@reviews.command("open")
def open_reviews(*, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Put every case that is due in the queue; again without harm."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.open_reviews(config=config, as_json=as_json)


@reviews.command("list")
def list_reviews(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those decided too.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List the reviews, the one longest due in front."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.list_reviews(only_open=not everything, config=config, as_json=as_json)


@reviews.command()
def decide(
    review: Annotated[str, typer.Argument(metavar="REVIEW", help="The review's id.")],
    *,
    reason: Reason,
    keep_until: Annotated[
        str | None, typer.Option("--keep-until", metavar="DATE", help="Keep the case; look at it again on this day.")
    ] = None,
    no_longer_needed: Annotated[bool, typer.Option("--remove", help="Propose to remove the case.")] = False,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Decide a review: keep the case until a day, or propose to remove it."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    decision = commands.Deciding(reason=reason, keep_until=keep_until, is_removed=no_longer_needed, version=version)
    commands.decide(review, decision, config=config, as_json=as_json)


@remove.command()
def propose(
    case: Case,
    *,
    grounds: Annotated[
        str, typer.Option("--grounds", metavar="WORD", help="request, retention, opened_in_error or order.")
    ],
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Propose to remove a case; somebody else does it."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.propose(case, grounds=grounds, reason=reason, config=config, as_json=as_json)


@remove.command()
def withdraw(
    case: Case,
    *,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Withdraw a proposal that has not begun."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.withdraw(case, reason=reason, config=config, as_json=as_json)


@remove.command()
def plan(
    case: Case,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Print what a removal would reach; nothing is changed."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.plan(case, config=config, as_json=as_json)


@remove.command("do")
def do_remove(
    case: Case,
    *,
    version: Version = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without being asked to type the case again.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Remove a case that somebody else proposed to remove.

    It cannot be undone. A removal that was cut short is taken up again. Under a legal hold the case is restricted.
    """
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.do_remove(case, version=version, is_sure=yes, config=config, as_json=as_json)


@remove.command()
def again(*, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """After a restore: remove again what was removed before."""
    from app.commands import privacy_keeping as commands  # noqa: PLC0415

    commands.again(config=config, as_json=as_json)
