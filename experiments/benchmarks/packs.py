"""Setting the pack of a meeting: `python -m experiments.benchmarks.packs whole|by-case|start`.

`whole`: cover and every case in one go, as `mat meetings pack` does. `by-case`: the same pages case after case, each
with a cover. `start`: what both import, and no page. Prints how many bytes of PDF were made. The cases are invented.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from app.packs.typesetting import Value, typeset

CASES = 14
_AT = datetime(2026, 11, 3, 9, tzinfo=UTC)
_TEXT = "Something was recorded here, in as many words as an agency usually needs for it. " * 3


def main(how: str) -> None:
    """Set the pack in the way that is named, and print its size."""
    values = pack(CASES)
    made = 0
    if how == "whole":
        made = len(typeset("pack.typ", values, at=_AT).content)
    elif how == "by-case":
        cases = [one_case(number) for number in range(CASES)]
        made = sum(len(typeset("pack.typ", {**values, "cases": [each]}, at=_AT).content) for each in cases)
    print(made)


def pack(cases: int) -> Mapping[str, Value]:
    """The values of a pack with so many invented cases."""
    line: Mapping[str, Value] = {
        "case": "An Example (P1)",
        "kind": "New",
        "minutes": 13,
        "children": "No",
        "late": 0,
        "told": "Not decided",
    }
    return {
        **dict.fromkeys(("title", "panel", "when", "chair", "service", "recipient", "made", "log"), "Example"),
        "classification": "OFFICIAL-SENSITIVE",
        "demonstration": "Invented",
        "copy": "00000000",
        "confidentiality": _TEXT,
        "destroy": "1 Dec 2026",
        "agenda": [{"place": number, **line} for number in range(cases)],
        "minutes": [{"what": "Cases in this pack", "minutes": 13 * cases}],
        "adds_up": "The minutes fit.",
        "too_long": "",
        "over": "",
        "gaps": "",
        "out_of_sight": "",
        "seats": ["Housing", "Probation"],
        "cases": [one_case(number) for number in range(cases)],
    }


def one_case(number: int) -> Mapping[str, Value]:
    """One invented case, with as much recorded as fills its two pages."""
    way: Mapping[str, Value] = {
        "from": 0.1,
        "to": 0.9,
        "records": 5,
        "said": "5 records, 3 crimes",
        "when": "1 Jan 2024 to 1 Jan 2026",
    }
    pair: Mapping[str, Value] = {"called": "V1", "relationship": "Ex intimate", "against": way, "by": way}
    return {
        "place": number,
        "called": f"An Example (P{number})",
        "facts": ["Born 1 Jan 1990 (age 36)", "Sex M"],
        "kind": "New, 13 minutes",
        "marks": ["Children affected"],
        "children": {"alarms": False, "text": "Somebody said on 1 Jan 2026 that children are affected."},
        "telling": {"told": "not_to_be_told", "head": "NOT TO BE TOLD", "text": _TEXT},
        "asked": [_TEXT] * 3,
        "stands": [_TEXT] * 3,
        "why": {
            "put_forward": [{"text": _TEXT}] * 3,
            "reasons": [{"label": "Domestic abuse records", "value": "5"}] * 6,
            "counts": "What the list counts",
            "place": "Place 1 on the list",
            "flags": ["serial", "repeat"],
        },
        "said": [{"about": "Profile", "text": _TEXT, "by": "Somebody"}] * 3,
        "pairs": {
            "is_shown": True,
            "rows": [pair] * 8,
            "from": "1 Jan 2024",
            "until": "1 Jan 2026",
            "heaviest": 5,
            "alt": "Lines of time, one for each other person.",
        },
        "gaps": [_TEXT],
        "research": [{"service": "Housing", "question": _TEXT, "type": "Fact", "answer": _TEXT}] * 8,
        "orders": [
            {"what": "DVPO", "state": "In force", "clocks": "Expires 1 Jan 2027", "conditions": _TEXT, "breaches": 1}
        ]
        * 4,
        "actions": [{"what": _TEXT, "service": "Housing", "due": "1 Jan 2027", "state": "Open."}] * 10,
        "safety": ["2 open actions must pass the safety gate: 1 may go on, 1 must not begin."],
        "decisions": [{"heading": "Support", "text": _TEXT, "by": "Somebody"}] * 4,
    }


if __name__ == "__main__":
    main(sys.argv[1])
