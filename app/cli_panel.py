"""The command line of the panel's work, gathered: every group of commands that a panel and those around it use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import (
    cli_actions,
    cli_cases_standing,
    cli_demonstration,
    cli_disclosures,
    cli_documents,
    cli_meetings_held,
    cli_orders,
    cli_referrals_service,
    cli_safety,
)

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Put the commands of the panel's work beside the others."""
    app.add_typer(cli_cases_standing.cases)
    app.add_typer(cli_meetings_held.meetings)
    app.add_typer(cli_documents.actions)
    app.add_typer(cli_safety.safety)
    app.add_typer(cli_orders.orders)
    app.command()(cli_actions.due)
    app.add_typer(cli_referrals_service.referrals)
    app.add_typer(cli_disclosures.disclosures)
    cli_demonstration.add_to(app)
