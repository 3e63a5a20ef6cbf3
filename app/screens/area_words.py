"""Words of the area picture: what is hidden, and what the short codes of groups mean."""

from __future__ import annotations

HIDDEN = "hidden"
SEXES = {"F": "Women and girls", "M": "Men and boys", "X": "Another sex", "U": "Not recorded"}
ETHNICITIES = {
    "W": "White",
    "A": "Asian or Asian British",
    "B": "Black or Black British",
    "M": "Mixed",
    "O": "Another",
    "U": "Not stated",
}


def by_age(band: str) -> tuple[int, str]:
    """Where a band of age stands: the youngest first, what is not known last."""
    return (0 if band.startswith("under") else 2 if band.startswith("not") else 1), band


def counted(n: int | None) -> str:
    """A count as it stands on a page."""
    return HIDDEN if n is None else f"{n:,}"


def shared(part: float | None) -> str:
    """A share from 0 to 1, as per cent."""
    return "-" if part is None else f"{part:.1%}"
