"""The list as an Excel workbook that opens cleanly: text stays text, whatever it looks like.

No formulas, no links, no macros, and no personal data in the document's properties. People held as `sensitive` are in
no sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from xlsxwriter.worksheet import Worksheet

from app.facts import Facts
from app.pipeline import TaskingList
from app.ranked_list import shown
from app.restricted import sensitive_ids
from app.sheets import Cell, Styles, new_workbook, styles_of, writable, write_head, write_line
from app.wording import CAUTION, GAP_WORDS, HOLD_WORDS, SET_ASIDE_WORDS, SYNTHETIC, flags_of, standing_of
from features.counterparties import both_directions
from mat.vocabulary import Hold

NEXT = 200
#: So many places set aside are listed; an extract with more needs mending at its source.
MOST_SET_ASIDE = 10_000

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    head: str
    width: int
    value: Callable[[_Row], Cell]


def _plain(name: str) -> Callable[[_Row], Cell]:
    def value(row: _Row) -> Cell:
        found = row[name]
        return found if found is None or isinstance(found, str | int | float) else str(found)

    return value


def _listed(name: str) -> Callable[[_Row], Cell]:
    return lambda row: ", ".join(row[name])


def _holds(row: _Row) -> str:
    return "; ".join(HOLD_WORDS[code].partition(":")[0] for code in row["holds"])


def _gaps(row: _Row) -> str:
    return "; ".join(GAP_WORDS[code] for code in row["data_gaps"])


_ABOUT_THE_PERSON = (
    _Column(head="Person", width=16, value=_plain("person_id")),
    _Column(head="Flags", width=28, value=flags_of),
    _Column(head="Standing", width=20, value=standing_of),
)
_WHY = (
    _Column(head="Score", width=9, value=_plain("score")),
    _Column(head="First reason", width=52, value=_plain("reason_1")),
    _Column(head="Second reason", width=52, value=_plain("reason_2")),
    _Column(head="Third reason", width=52, value=_plain("reason_3")),
    _Column(head="What the records cannot say", width=60, value=_gaps),
)
_LIST = (
    _Column(head="Rank", width=7, value=_plain("rank")),
    _Column(head="Tied", width=7, value=lambda row: "tied" if row["tied"] else None),
    _Column(head="Best rank", width=10, value=_plain("rank_low")),
    _Column(head="Worst rank", width=11, value=_plain("rank_high")),
    *_ABOUT_THE_PERSON,
    *_WHY,
)
_HELD = (
    _Column(head="Place if not held", width=16, value=_plain("held_rank")),
    *_ABOUT_THE_PERSON,
    _Column(head="Held because", width=44, value=lambda row: HOLD_WORDS[str(row["hold"])]),
    _Column(head="All holds", width=44, value=_holds),
    *_WHY,
)


_BOTH_WAYS = (
    _Column(head="Place if not held", width=16, value=_plain("held_rank")),
    _Column(head="Person", width=16, value=_plain("person_id")),
    _Column(head="Other person", width=16, value=lambda row: row["counterparty_id"] or "(not named)"),
    *(
        _Column(head=f"{head}, {who}", width=width, value=value(f"{name}_{way}"))
        for way, who in (("against", "person as suspect"), ("by", "other as suspect"))
        for name, head, width, value in (
            ("records", "Records", 11, _plain),
            ("crimes", "Crimes", 11, _plain),
            ("harm", "Harm", 11, _plain),
            ("last_on", "Latest", 12, _plain),
            ("injuries", "Injuries", 22, _listed),
            ("callers", "Who called", 22, _listed),
            ("orders", "Orders", 22, _listed),
        )
    ),
)


_EVIDENCE = (
    _Column(head="Person", width=16, value=_plain("person_id")),
    _Column(head="Reason", width=52, value=lambda row: row["about"]),
    _Column(head="Incident", width=20, value=_plain("incident_id")),
)
_SET_ASIDE = (
    _Column(head="Table", width=20, value=_plain("table")),
    _Column(head="Row under the header", width=12, value=_plain("row")),
    _Column(head="Whole row or one value", width=14, value=_plain("kind")),
    _Column(head="Why", width=60, value=lambda row: "; ".join(SET_ASIDE_WORDS[code] for code in row["reasons"])),
)


def write_workbook(tasking: TaskingList, facts: Facts, evidence: pl.DataFrame, path: Path) -> None:
    """Write the sheets List (the top K), Held (held_rank up to K), Both directions (of the held), Next 200, Evidence
    (of the first two), Set aside (where, not what), Scales side by side, and Read me.

    `evidence`: one row per person, feature and incident.
    """
    ranked = shown(tasking.ranked)
    size = tasking.choices.panel_size
    listed = ranked.filter("is_listed").sort("rank")
    held = ranked.filter(pl.col("held_rank") <= size).sort("held_rank")
    following = ranked.filter(pl.col("rank") > size, pl.col("rank") <= size + NEXT).sort("rank")
    with new_workbook(str(path), "Tasking list", {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        styles = styles_of(book)
        _write_rows(book.add_worksheet("List"), _LIST, listed, styles)
        _write_rows(book.add_worksheet("Held"), _HELD, held, styles)
        _write_rows(book.add_worksheet("Both directions"), _BOTH_WAYS, _both_ways(tasking, held), styles)
        _write_rows(book.add_worksheet("Next 200"), _LIST, following, styles)
        _write_rows(book.add_worksheet("Evidence"), _EVIDENCE, _about(tasking, evidence, [listed, held]), styles)
        _write_rows(book.add_worksheet("Set aside"), _SET_ASIDE, _set_aside(tasking), styles)
        _write_scales(book.add_worksheet("Scales side by side"), tasking, ranked, styles)
        _write_notes(book.add_worksheet("Read me"), tasking, facts, styles)


def _about(tasking: TaskingList, evidence: pl.DataFrame, people: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The evidence on these people, with each feature in words."""
    words = {spec.name: spec.sentence.replace(": {value}", "") for spec in tasking.scored.specs}
    ids = pl.concat([group.select("person_id") for group in people])
    return evidence.join(ids, on="person_id", how="semi", maintain_order="left").with_columns(
        pl.col("feature").replace_strict(words, return_dtype=pl.String).alias("about")
    )


def _set_aside(tasking: TaskingList) -> pl.DataFrame:
    """Where rows and values were set aside and why; what stood there is in quarantine.parquet alone."""
    entries = tasking.population.history.snapshot.quarantine().select("table", "row", "kind", "reasons")
    return entries.sort("table", "row", "kind").head(MOST_SET_ASIDE).collect()


def _both_ways(tasking: TaskingList, held: pl.DataFrame) -> pl.DataFrame:
    """Each direction between the held and those recorded against them, in the order of the queue."""
    places = held.filter(pl.col("holds").list.contains(Hold.COUNTER_ALLEGATION)).select("person_id", "held_rank")
    known = tasking.population.history
    ways = both_directions(tasking.population, tasking.choices.scale, places["person_id"], sensitive_ids(known))
    return ways.join(places, on="person_id").sort("held_rank", "counterparty_id", nulls_last=True)


def _write_rows(sheet: Worksheet, columns: Sequence[_Column], rows: pl.DataFrame, styles: Styles) -> None:
    write_head(sheet, [(column.head, column.width) for column in columns], styles)
    for line, row in enumerate(rows.iter_rows(named=True), start=1):
        write_line(sheet, line, [column.value(row) for column in columns], styles.cell)


def _write_scales(sheet: Worksheet, tasking: TaskingList, ranked: pl.DataFrame, styles: Styles) -> None:
    """Everyone in the top K under any usable scale, with the rank under each; then how much of the top K they share."""
    usable = tasking.scales.ranks["scale"].unique(maintain_order=True).to_list()
    write_head(sheet, [("Person", 16), *((f"Rank under {scale}", 22) for scale in usable)], styles)
    people = (
        tasking.scales.ranks.join(ranked.select("person_id"), on="person_id", how="semi", maintain_order="left")
        .select("person_id")
        .unique(maintain_order=True)
    )
    for scale in usable:
        under = tasking.scales.ranks.filter(pl.col("scale") == scale).select("person_id", pl.col("rank").alias(scale))
        people = people.join(under, on="person_id", how="left", maintain_order="left")
    for line, ranks in enumerate(people.iter_rows(), start=1):
        write_line(sheet, line, ranks, styles.cell)
    for line, other in enumerate(tasking.scales.scales.to_dicts()[1:], start=people.height + 2):
        said = (
            f"{other['scale']} shares {other['shared_with_base']} of the top {tasking.choices.panel_size}"
            if other["is_usable"]
            else f"{other['scale']} is not usable here: it weighs under 80 % of the crimes"
        )
        sheet.write_string(line, 0, said, styles.cell)


_NOTES = """
Best and worst rank: the range under other usable scales, other look-backs and points moved one band.
Held: a person looks before the suspect may be listed; the place is kept. People handled as sensitive are not here.
Both directions: records, crimes and harm each way between the held and those recorded against them, never netted.
Reasons: counts of police records, largest points first; check the incidents of the sheet Evidence on the live system.
Set aside: rows and values that could not be trusted, by table and row of your own files.
serial: two or more different victims, and more than one record, in three years.
serial (unconnected): two or more victims ever, with no connection to each other.
repeat: two or more records against one and the same person in twelve months.
high harm: a high-risk crime in twelve months, whatever the number of victims.
This file holds personal data: keep, share and destroy it as you do the records it is made from.
"""


def _write_notes(sheet: Worksheet, tasking: TaskingList, facts: Facts, styles: Styles) -> None:
    choices = tasking.choices
    notes = [
        *choices.marks,
        *([SYNTHETIC] if facts.is_synthetic else []),
        f"Tasking list as known before {choices.as_of.isoformat()}.",
        f"Model {choices.model_words}, scale {choices.scale.name}, definitions version {choices.definitions.version}.",
        *([f"Ranked without gravity: {facts.why_without_gravity}"] if facts.why_without_gravity else []),
        *CAUTION,
        *_NOTES.strip().splitlines(),
    ]
    sheet.set_column(0, 0, 110)
    for line, note in enumerate(notes):
        sheet.write_string(line, 0, writable(note), styles.text)
