"""The commands of the register of disclosures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.commands.access_lines import as_plain, lines
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import Page, done, show_page
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import Id, read_day, read_id
from app.tasking.changing import disclosures
from app.tasking.changing.disclosures import NewDisclosure
from app.tasking.changing.gateways import load_gateways
from app.tasking.desk import Desk
from app.tasking.finding import case_named, find

DISCLOSURE = Id("DISCLOSURE", "disclosures list")
_REGISTER = Page(
    command="disclosures list",
    name="disclosures",
    columns={"case": "case", "gateway": "gateway", "to": "recipients", "what": "what", "until": "expires_on"}
    | {"": "due", "state": "state", "made by": "made_by", "id": "disclosure_id"},
    empty="No such disclosure is registered.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosing:
    """A disclosure as it was typed. `service`, `action` None = none."""

    case: str
    gateway: str
    necessity: str
    recipients: Sequence[str]
    what: str
    groups: Sequence[str]
    until: str
    service: str | None
    action: str | None


def register(typed: Disclosing, answering: Answering) -> None:
    """Register a disclosure."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewDisclosure(
            subject_id=case_named(desk, typed.case),
            gateway=typed.gateway,
            necessity=typed.necessity,
            recipients=typed.recipients,
            what=typed.what,
            field_groups=typed.groups,
            expires_on=read_day(typed.until, "--until"),
            service_id=None if typed.service is None else _service(desk, typed.service),
            action_id=None if typed.action is None else read_id(typed.action, "--action"),
        )
        made = disclosures.disclose(desk, new)
    sentence = f"Registered: {made}. They may keep it until {new.expires_on}."
    done("disclosures register", {"disclosure": made, "expires_on": new.expires_on}, sentence, answering)


def list_them(what: str | None, due: bool, after: str | None, size: int, answering: Answering) -> None:
    """Print a page of disclosures."""
    start = None if after is None else read_id(after, "--after")
    with acting_desk(read_settings(answering.config)) as desk:
        of_case = None if what is None else case_named(desk, what)
        page = disclosures.register(desk, subject_id=of_case, is_due=due, after=start, size=size)
    show_page(_REGISTER, page.disclosures, answering, after=page.after)


def recall(disclosure: str, reason: str, version: int | None, answering: Answering) -> None:
    """Recall a disclosure."""
    with acting_desk(read_settings(answering.config)) as desk:
        disclosures.recall(desk, read_id(disclosure, DISCLOSURE), reason, version=version)
    sentence = "Recalled: once it is back or destroyed, say so with `mat disclosures returned`."
    done("disclosures recall", {"disclosure": disclosure}, sentence, answering)


def returned(disclosure: str, how: str, version: int | None, answering: Answering) -> None:
    """Confirm a return."""
    with acting_desk(read_settings(answering.config)) as desk:
        disclosures.confirm_return(desk, read_id(disclosure, DISCLOSURE), how, version=version)
    done("disclosures returned", {"disclosure": disclosure}, "Written down: it is back.", answering)


def gateways(answering: Answering) -> None:
    """Print the gateways."""
    found = load_gateways(read_settings(answering.config).gateways)
    rows = [
        {"gateway": each.code, "title": each.title, "tells": each.tells, "source": each.source}
        for each in found.gateways.values()
    ]
    summary = {"command": "disclosures gateways", "version": found.version, "gateways": as_plain(rows)}
    tell(summary, lines(["gateway", "for", "tells", "source"], rows), as_json=answering.as_json)


def _service(desk: Desk, named: str) -> UUID:
    with desk.store.transaction(desk.scope) as connection:
        return find(connection, "service", named)
