"""What stands around every page: who is at work, what the data are, and who a case is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from app.components.text import Html, as_text, day, in_words, together
from app.components.words import Tone, tag

DEMONSTRATION = "Demonstration data: nobody on this page exists, and nothing here may be used about real people."
CAUTION = (
    "This page names suspects as recorded: allegations, not findings. What is said here is fact, intelligence or "
    "opinion, marked as such, and any of it may be disclosable."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which list a page draws on: one per panel area in sight."""

    panel: str
    as_of: date
    model: str
    model_version: str


def band(person: str, service: str, agency: str, roles: Sequence[str], classification: str) -> Html:
    """The bar above every page: how it is classified, and as whom one is at work."""
    return Markup(
        '<div class="mat-band" role="region" aria-label="Who you are"><span class="mat-class">{}</span>'
        '<span class="mat-who"><strong>{}</strong>, {} ({}), as {}</span></div>'
    ).format(classification, person, service, agency, ", ".join(roles) or "nobody with a role here")


def demonstration() -> Html:
    """The mark of every page that shows a demonstration store."""
    return Markup('<div class="mat-demo" role="note" aria-label="Demonstration">{}</div>').format(DEMONSTRATION)


def foot(sources: Sequence[Source], classification: str) -> Html:
    """The line below every page: the date of the data, the model's version and the classification."""
    said = [
        f"{in_words(each.panel)}: data to {day(each.as_of)}, ranked by {each.model} {each.model_version}"
        for each in sources
    ]
    where = "; ".join(said) or "No list has been imported that you may know of"
    return Markup('<div class="mat-foot"><p>{}.</p><p>{}</p><p><strong>{}</strong></p></div>').format(
        where, CAUTION, classification
    )


def identity_bar(name: object, facts: Sequence[tuple[str, object]], tags: Sequence[Html] = ()) -> Html:
    """Who a case is about, at the top of each of its pages; `tags`: what must be seen before anything else."""
    said = together(
        [
            Markup('<div class="mat-id-fact"><dt>{}</dt><dd>{}</dd></div>').format(each, as_text(value))
            for each, value in facts
        ]
    )
    return Markup(
        '<section class="mat-identity" aria-label="Subject"><p class="mat-identity-name">{}</p><dl>{}</dl>'
        '<div class="mat-tags">{}</div></section>'
    ).format(as_text(name), said, together([tag("Suspect", Tone.INFO), *tags]))
