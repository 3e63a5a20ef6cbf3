"""The links of one person as a graph, and the same links as a table.

The graph is drawn in the browser by files of the board's own; it gets labels, kinds and counts, and no more people than
the network holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.components.lists import table
from app.components.records import figure, words
from app.components.text import Html, day
from app.components.words import empty, hint
from app.tasking.subject.network import Kind, Network, Person

MARKUP = (
    '<div class="mat-links" tabindex="0" role="application" aria-roledescription="graph of links"></div>'
    '<p class="mat-links-said" aria-live="polite"></p>'
)
_KINDS: Mapping[Kind, str] = {
    Kind.SUBJECT: "the subject",
    Kind.COUNTERPART: "recorded with the subject",
    Kind.OTHER_CASE: "another case, recorded with the same person",
    Kind.THEIR_COUNTERPART: "recorded with that person",
}
_HINT = (
    "An arrow goes from who is recorded as suspect to who is recorded as victim, its number is how many records. With "
    "the graph in focus: arrow keys go from person to person, + and - change the size, 0 shows all, Escape lets go."
)


def called_by_name(network: Network, name: str) -> Network:
    """The network with its middle called by name, and by its id, as everybody else in it is."""
    first = [replace(each, label=f"{name} ({each.label})") for each in network.people[:1]]
    return replace(network, people=[*first, *network.people[1:]])


def graph(network: Network, called: str) -> dict[str, Any]:
    """What the graph is drawn from; the same network gives the same data."""
    most = max((each.records for each in network.links), default=1)
    labels = {each.key: each.label for each in network.people}
    numbers = {each.key: str(place) for place, each in enumerate(network.people)}
    nodes = [
        {
            "data": {
                "id": numbers[each.key],
                "label": each.label,
                "kind": each.kind.value,
                "step": each.step,
                "said": _said(each, network, labels),
            }
        }
        for each in network.people
    ]
    edges = [
        {
            "data": {
                "id": f"e{place}",
                "source": numbers[each.suspect],
                "target": numbers[each.victim],
                "label": str(each.records),
                "width": round(1.5 + 5 * each.records / most, 1),
                "toSubject": each.victim == network.people[0].key,
            }
        }
        for place, each in enumerate(network.links)
    ]
    found = {"elements": {"nodes": nodes, "edges": edges}, "about": _about(network, called), "hint": _HINT}
    return {**found, "drawn": hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]}


def links_table(network: Network) -> Html:
    """The same links as rows, the strongest first, one for each direction."""
    if not network.links:
        return empty("No link to anybody is recorded that you may see.")
    people = {each.key: each for each in network.people}
    rows = [
        (
            people[each.suspect].label,
            people[each.victim].label,
            each.records,
            each.crimes,
            figure(each.harm),
            day(each.last_on),
            None if each.relationship is None else words(each.relationship),
            max(people[each.suspect].step, people[each.victim].step),
        )
        for each in network.links
    ]
    heads = ("As suspect", "As victim", "Records", "Crimes", "Harm", "Last", "Relationship", "Steps away")
    numbers = {"Records", "Crimes", "Harm", "Steps away"}
    return table("The same links, the strongest first", heads, rows, numbers=numbers)


def limits(network: Network) -> Html:
    """What the graph leaves out, in words."""
    said = [
        "At most two steps and 150 people, the strongest links first.",
        f"{network.left_out} more people are left out." if network.left_out else "",
        "The second step goes through people who are listed, held or nominated too; nobody else is loaded."
        if network.goes_beyond
        else "One step alone: who the others are is not open to you, so nothing is followed further.",
    ]
    return hint(" ".join(each for each in said if each))


def _about(network: Network, called: str) -> str:
    return f"Links of {called}: {len(network.people)} people, {len(network.links)} links; the table says the same."


def _said(person: Person, network: Network, labels: Mapping[str, str]) -> str:
    out = [f"{each.records} against {labels[each.victim]}" for each in network.links if each.suspect == person.key]
    into = [f"{each.records} by {labels[each.suspect]}" for each in network.links if each.victim == person.key]
    recorded = "; ".join((*out, *into)) or "no records"
    return f"{person.label}, {_KINDS[person.kind]}: {recorded}."
