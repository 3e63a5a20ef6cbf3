"""The same people as several agencies write them down: short forms, slips of the pen, swapped fields, gaps.

Names and postcodes are invented and could belong to nobody. Only police records carry the person's id for certain.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft, numbered
from mat.synthetic.names import FEMALE, MALE, POSTCODE_AREAS, SURNAME_ENDS, SURNAME_STARTS

#: Agency, share of people it knows, share of its records that carry the police's id.
_AGENCIES = (
    ("police", 1.0, 1.0),
    ("housing", 0.4, 0.55),
    ("children_social_care", 0.25, 0.6),
    ("probation", 0.15, 0.85),
    ("health", 0.2, 0.4),
)
_LETTERS = "abcdefghijklmnoprstuvwy"


def identities(rng: np.random.Generator, draft: Draft) -> pl.DataFrame:
    """One row per agency and person it knows, errors included."""
    true = _true_names(rng, draft)
    records = [_agency_records(rng, true, *agency) for agency in _AGENCIES]
    stacked = pl.concat(records)
    stacked = stacked[rng.permutation(stacked.height)]
    return stacked.with_columns(numbered("ID", np.arange(stacked.height) + 1).alias("record_id"))


def _true_names(rng: np.random.Generator, draft: Draft) -> pl.DataFrame:
    """One row per suspect, victim or quiet person: names, short form, birth date, postcode of the home."""
    named = draft.roles.filter(pl.col("role").is_in(["suspect", "victim"]))["person"]
    people = draft.people.filter(pl.col("person").is_in(named.implode()) | pl.col("is_quiet"))
    size = people.height
    is_male = (people["sex"] == "M").to_numpy()
    female_place, male_place = rng.integers(0, len(FEMALE), size), rng.integers(0, len(MALE), size)
    home = people["home"].to_numpy()
    homes = rng.integers(0, len(POSTCODE_AREAS) * 10 * 400, int(draft.people.height))[home]
    surname = rng.integers(0, len(SURNAME_STARTS) * len(SURNAME_ENDS), size)
    starts = pl.Series(SURNAME_STARTS).gather(surname // len(SURNAME_ENDS))
    postcodes = (
        pl.Series(POSTCODE_AREAS).gather(homes // 4000)
        + pl.Series([" "])
        + pl.Series(homes // 400 % 10).cast(pl.String)
        + pl.Series([chr(65 + place % 20) + chr(65 + place // 20) for place in range(400)]).gather(homes % 400)
    )
    forename = [pl.Series([pair[side] for pair in FEMALE]).gather(female_place) for side in (0, 1)]
    male_forename = [pl.Series([pair[side] for pair in MALE]).gather(male_place) for side in (0, 1)]
    mask = pl.Series(is_male)
    return pl.DataFrame(
        {
            "person_id": people["person_id"],
            "forename": male_forename[0].zip_with(mask, forename[0]),
            "short": male_forename[1].zip_with(mask, forename[1]),
            "surname": starts + pl.Series(SURNAME_ENDS).gather(surname % len(SURNAME_ENDS)),
            "born_on": people["born_on"],
            "postcode": postcodes,
        }
    )


def _agency_records(
    rng: np.random.Generator, true: pl.DataFrame, agency: str, share: float, linked: float
) -> pl.DataFrame:
    known = true.filter(pl.Series(rng.random(true.height) < share))
    size = known.height
    draws = pl.DataFrame(
        {name: rng.random(size) for name in ("nickname", "slip", "turned", "swapped", "moved", "linked")}
    )
    where = rng.integers(1, 5, size)
    letter = pl.Series(list(_LETTERS)).gather(rng.integers(0, len(_LETTERS), size))
    care = 1.0 if agency == "police" else 2.5
    known = known.with_columns(draws, where=where, letter=letter, agency=pl.lit(agency))
    slipped = (
        pl.col("surname").str.slice(0, pl.col("where"))
        + pl.col("letter")
        + pl.col("surname").str.slice(pl.col("where") + 1)
    )
    # Day and month turned round, where that still is a date.
    turned = pl.date(pl.col("born_on").dt.year(), pl.col("born_on").dt.day().clip(1, 12), pl.col("born_on").dt.month())
    forename = pl.when(pl.col("nickname") < 0.08 * care).then("short").otherwise("forename")
    surname = pl.when(pl.col("slip") < 0.03 * care).then(slipped).otherwise("surname")
    swapped = pl.col("swapped") < 0.006 * care
    return known.select(
        "agency",
        pl.when(pl.col("linked") < linked).then("person_id").alias("person_id"),
        pl.when(swapped).then(surname).otherwise(forename).alias("forename"),
        pl.when(swapped).then(forename).otherwise(surname).alias("surname"),
        pl.when((pl.col("turned") < 0.02 * care) & (pl.col("born_on").dt.day() <= 12))
        .then(turned)
        .when(pl.col("turned") > 1 - 0.015 * care)
        .then(None)
        .otherwise("born_on")
        .alias("birth_date"),
        pl.when(pl.col("moved") < 0.06 * care).then(None).otherwise("postcode").alias("postcode"),
    )
