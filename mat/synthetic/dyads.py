"""Who did it to whom, and who belongs to whom: dyads of records, the rows that name them, ties outside records."""

from __future__ import annotations

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft, minutes_until
from mat.synthetic.lag import within
from mat.synthetic.relationships import KINDS, Relationships

#: What the suspect is to the victim where the relationship is told the other way round.
_INVERSE = {"parent": "child", "child": "parent"}
_TIE_OF_KIND = {
    "intimate": "intimate",
    "parent": "family",
    "child": "family",
    "sibling": "family",
    "other_family": "family",
}


def draft_dyads(relationships: Relationships, incidents: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """One row per domestic record, suspect and victim, with the word for what the suspect is to the victim."""
    told = pl.DataFrame(
        {
            "relationship": np.arange(len(relationships.actor)),
            "actor": relationships.actor,
            "other": relationships.other,
            "kind": pl.Series(KINDS).gather(relationships.kind),
            "ends": relationships.ends,
        }
    )
    counting = roles.filter(pl.col("status").is_null() | (pl.col("status") != "eliminated"))
    suspects = counting.filter(pl.col("role") == "suspect").select("incident", suspect="person")
    victims = counting.filter(pl.col("role") == "victim").select("incident", victim="person")
    is_told = (pl.col("suspect") == pl.col("actor")) & (pl.col("victim") == pl.col("other"))
    is_turned = (pl.col("suspect") == pl.col("other")) & (pl.col("victim") == pl.col("actor"))
    kind = pl.when(pl.col("kind") == "intimate").then(
        pl.when(pl.col("at") > pl.col("ends")).then(pl.lit("ex_intimate")).otherwise(pl.lit("intimate"))
    )
    return (
        suspects.join(victims, on="incident", maintain_order="left_right")
        .filter(pl.col("suspect") != pl.col("victim"))
        .join(incidents, on="incident", how="left", maintain_order="left")
        .filter(~pl.col("is_cancelled"))
        .join(told, on="relationship", how="left", maintain_order="left")
        .with_columns(
            pl.when(is_told)
            .then(kind.otherwise(pl.col("kind")))
            .when(is_turned)
            .then(kind.otherwise(pl.col("kind").replace(_INVERSE)))
            .otherwise(pl.lit("other_family"))
            .alias("relation")
        )
        .drop("actor", "other", "kind", "ends")
        .sort("incident", "suspect", "victim")
    )


def pairs(rng: np.random.Generator, draft: Draft) -> pl.DataFrame:
    """The dyads of most records, with injury and who reported; the rest is left to whoever reads roles alone."""
    dyads, numbers = draft.dyads, draft.people["person_number"]
    named = rng.random(draft.incidents.height) < 0.88
    injury = 0.5 * dyads["latent_act_severity"].to_numpy() + rng.standard_normal(dyads.height)
    reporters = ("victim", "third_party", "police", "agency", "suspect", None)
    return (
        dyads.with_columns(
            numbers.gather(dyads["suspect"]).alias("suspect_number"),
            numbers.gather(dyads["victim"]).alias("victim_number"),
            draft.person_ids.gather(dyads["suspect"]).alias("suspect_id"),
            draft.person_ids.gather(dyads["victim"]).alias("victim_id"),
            pl.when(pl.Series(rng.random(dyads.height)) < 0.95).then(pl.col("relation")).alias("relationship"),
            pl.Series(["none", "minor", "serious"]).gather(np.digitize(injury, [0.6, 2.3])).alias("injury"),
            pl.Series(reporters)
            .gather(rng.choice(len(reporters), size=dyads.height, p=[0.58, 0.2, 0.06, 0.06, 0.05, 0.05]))
            .alias("reported_by"),
        )
        .filter(pl.Series(named[dyads["incident"].to_numpy()]))
        .sort("incident_number", "suspect_number", "victim_number")
    )


def ties(rng: np.random.Generator, draft: Draft, relationships: Relationships) -> pl.DataFrame:
    """Who belongs to whom as far as known: couples, families, homes, and victims who are kin of each other."""
    seen = draft.dyads.group_by("relationship").agg(pl.col("recorded_at").min()).sort("relationship")
    place = seen["relationship"].to_numpy()
    actor, other = relationships.actor[place], relationships.other[place]
    kind = pl.Series([_TIE_OF_KIND.get(kind) for kind in KINDS]).gather(relationships.kind[place])
    is_home = relationships.is_cohabiting[place]
    known = rng.random((2, len(place))) < np.array([[0.7], [0.8]])
    next_is_kin = np.zeros(len(place), dtype=np.bool_)
    next_is_kin[:-1] = (actor[1:] == actor[:-1]) & (other[1:] != other[:-1]) & (rng.random(len(place) - 1) < 0.3)
    kin = np.flatnonzero(next_is_kin)
    start = np.datetime64(draft.begins, "us")
    first = ((seen["recorded_at"].to_numpy() - start) // np.timedelta64(1, "m")).astype(np.int64)
    after = (rng.exponential(20.0 * 1440, len(place)) * (rng.random(len(place)) < 0.6)).astype(np.int64)
    known_at = draft.as_dates(within(rng, first, after, minutes_until(draft.begins, draft.extracted_at.date())))
    frame = pl.DataFrame({"actor": actor, "other": other, "kind": kind, "known_at": known_at})
    found = pl.concat(
        [
            frame.filter(pl.Series(known[0])).drop_nulls("kind"),
            frame.filter(pl.Series(known[1] & is_home)).with_columns(kind=pl.lit("household")),
            frame[kin].with_columns(
                actor=pl.Series(other[kin]), other=pl.Series(other[kin + 1]), kind=pl.lit("family")
            ),
        ]
    )
    ids, written = draft.person_ids, draft.people["is_written"]
    return (
        found.with_columns(a=ids.gather(found["actor"]), b=ids.gather(found["other"]))
        .filter(written.gather(found["actor"]) & written.gather(found["other"]) & (pl.col("a") != pl.col("b")))
        .with_columns(person_id_a=pl.min_horizontal("a", "b"), person_id_b=pl.max_horizontal("a", "b"))
        .sort("person_id_a", "person_id_b", "kind", "known_at")
        .unique(["person_id_a", "person_id_b", "kind"], keep="first", maintain_order=True)
    )
