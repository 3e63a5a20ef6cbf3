"""What stands around every page: who is at work, what the data are, and who a case is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from app.components.text import Html, address, as_text, day, in_words, model_name, together
from app.components.words import Tone, tag
from app.tasking.taking_up import Source

DEMONSTRATION = "Demonstration data: nobody on this page exists, and nothing here may be used about real people."
CAUTION = (
    "Suspects are named as recorded: allegations, not findings. Statements and agencies' answers are marked as "
    "fact, intelligence or opinion; other words are those of whoever wrote them. Any of it may be disclosable."
)


def band(person: str, service: str, agency: str, roles: Sequence[str], classification: str) -> Html:
    """The bar above every page: how it is classified, and as whom one is at work."""
    return Markup(
        '<div class="mat-band" role="region" aria-label="Who you are"><span class="mat-class">{}</span>'
        '<span class="mat-who"><strong>{}</strong>, {} ({}), as {}</span></div>'
    ).format(classification, person, service, agency, ", ".join(roles) or "nobody with a role here")


def pages(parts: Mapping[str, Mapping[str, str]], here: str) -> Html:
    """The list of pages. `parts`: titles by name under each part; `here`: the name of the page that is shown."""
    said = together(
        [
            Markup(
                '<p class="mat-part" id="part-{number}">{part}</p><ul aria-labelledby="part-{number}">{links}</ul>'
            ).format(
                number=number,
                part=part,
                links=together([_to_page(name, title, here) for name, title in titles.items()]),
            )
            for number, (part, titles) in enumerate(parts.items())
        ]
    )
    return Markup('<nav class="mat-pages" aria-label="Pages">{}</nav>').format(said)


def _to_page(name: str, title: str, here: str) -> Html:
    current = Markup('aria-current="page"') if name == here else ""
    return Markup('<li><a class="go" href="{}" target="_self" {}>{}</a></li>').format(address(name), current, title)


def demonstration() -> Html:
    """The mark of every page that shows a demonstration store."""
    return Markup('<div class="mat-demo" role="note" aria-label="Demonstration">{}</div>').format(DEMONSTRATION)


def foot(sources: Sequence[Source], classification: str) -> Html:
    """The line below every page: the date of the data, the model's version and the classification."""
    said = [
        Markup('{}: data to {}, ranked by <span title="Version {}">{}</span>').format(
            in_words(each.panel), day(each.as_of), each.model_version, model_name(each.model, each.model_version)
        )
        for each in sources
    ]
    where = Markup("; ").join(said) or "No list has been imported that you may know of"
    return Markup('<div class="mat-foot"><p>{}.</p><p>{}</p><p><strong>{}</strong></p></div>').format(
        where, CAUTION, classification
    )


def identity_bar(
    name: object, facts: Sequence[tuple[str, object]], tags: Sequence[Html] = (), *, about: str = "Subject"
) -> Html:
    """Who a case is about, at the top of each of its pages; `tags`: what must be seen before anything else.

    `about`: what the bar names, where that is no subject.
    """
    marks = [tag("Suspect", Tone.INFO), *tags] if about == "Subject" else list(tags)
    said = together(
        [
            Markup('<div class="mat-id-fact"><dt>{}</dt><dd>{}</dd></div>').format(each, as_text(value))
            for each, value in facts
        ]
    )
    return Markup(
        '<section class="mat-identity" aria-label="{}"><p class="mat-identity-name">{}</p><dl>{}</dl>'
        '<div class="mat-tags">{}</div></section>'
    ).format(about, as_text(name), said, together(marks))
