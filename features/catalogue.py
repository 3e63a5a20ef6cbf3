"""Every feature in one table: what it counts, over which windows, how it is said, and whether a model may use it.

The table makes the specifications, the documentation and the columns a model may see; a feature that is not here does
not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.history import WINDOWS, suffix
from mat.schemas.matrix import Direction, FeatureSpec, WhenMissing

_WINDOW_WORDS = {
    90: "in the last 90 days",
    365: "in the last 12 months",
    730: "in the last 2 years",
    1095: "in the last 3 years",
    None: "on record",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the catalogue: one feature, or one per window.

    `label` is what people read, before a colon and the value; `absent_without` names the tables or "table.column"s any
    of which the extract must have for the feature to be more than null.
    """

    name: str
    label: str
    about: str
    unit: str
    family: str
    windows: tuple[int | None, ...] = ()
    direction: Direction = Direction.UP
    model_use: bool = True
    can_be_null: bool = False
    absent_without: tuple[str, ...] = ()

    def specs(self) -> tuple[FeatureSpec, ...]:
        """The feature specifications of this line, shortest window first."""
        if not self.windows:
            return (self._spec(self.name, "", self.label),)
        return tuple(
            self._spec(f"{self.name}_{suffix(days)}", suffix(days), f"{self.label} {_WINDOW_WORDS[days]}")
            for days in self.windows
        )

    def _spec(self, name: str, window: str, label: str) -> FeatureSpec:
        return FeatureSpec(
            name=name,
            sentence=f"{label}: {{value}}",
            unit=self.unit,
            window=window,
            family=self.family,
            direction=self.direction,
            when_missing=self._when_missing(),
            model_use=self.model_use,
            about=self.about,
        )

    def _when_missing(self) -> WhenMissing:
        if self.absent_without:
            return WhenMissing.TABLE_ABSENT
        return WhenMissing.NOTHING_QUALIFIES if self.can_be_null else WhenMissing.NEVER


_ALL_WINDOWS = (*WINDOWS, None)

# fmt: off
MEASURES: tuple[Measure, ...] = (
    Measure(name="da_suspect_count", windows=_ALL_WINDOWS, unit="records", family="history",
            label="Domestic abuse records as suspect",
            about="DA incidents, crimes and non-crimes, in which the person is a suspect; each counts once."),
    Measure(name="da_crime_count", windows=_ALL_WINDOWS, unit="crimes", family="history",
            label="Domestic abuse crimes as suspect",
            about="The crimes among the DA incidents in which the person is a suspect."),
    Measure(name="days_since_last_da", unit="days", family="history", direction=Direction.DOWN,
            label="Days since the latest domestic abuse record",
            about="As-of date minus the date of the latest DA incident as suspect."),
    Measure(name="days_since_first_da", unit="days", family="history", direction=Direction.NONE,
            label="Days since the first domestic abuse record",
            about="As-of date minus the date of the earliest DA incident as suspect."),
    Measure(name="harm", windows=_ALL_WINDOWS, unit="scale points", family="harm",
            label="Recorded harm as suspect",
            about="Sum of the scale's weights over DA crimes as suspect, the full weight to each suspect."),
    Measure(name="harm_max", windows=(365, 1095, None), unit="scale points", family="harm", can_be_null=True,
            label="Heaviest single crime",
            about="Largest single weight among DA crimes as suspect; null where no crime has a weight."),
    Measure(name="harm_previous_365d", unit="scale points", family="harm",
            label="Recorded harm in the year before the last 12 months",
            about="Harm dated 366 to 730 days before the as-of date."),
    Measure(name="harm_unweighted_count_all", unit="crimes", family="harm", direction=Direction.NONE,
            label="Crimes without a weight in this scale",
            about="DA crimes as suspect whose code is empty or unknown to the scale; they add no harm and hide some."),
    Measure(name="high_risk_crime_count_365d", unit="crimes", family="harm",
            label="High-risk crimes in the last 12 months",
            about="DA crimes as suspect whose code the scale marks high risk, or at or over --high-harm."),
    Measure(name="newly_recorded_count_90d", unit="records", family="history",
            label="Records that became known in the last 90 days",
            about="DA incidents as suspect that became known in the last 90 days, whenever they happened."),
    Measure(name="newly_recorded_harm_90d", unit="scale points", family="harm",
            label="Harm that became known in the last 90 days",
            about="Harm of the DA crimes that became known in the last 90 days, whenever they happened."),
    Measure(name="distinct_victims", windows=(365, 730, 1095, None), unit="people", family="patterns",
            label="Different victims",
            about="Different people the person is recorded against."),
    Measure(name="unconnected_victims", windows=(1095, None), unit="groups", family="patterns",
            label="Groups of victims unconnected to each other",
            about="Groups of those victims: two are connected if both were victims in one DA incident or share a tie."),
    Measure(name="max_same_victim", windows=(365, 1095, None), unit="records", family="patterns",
            label="Most records against one person",
            about="Most DA incidents against one and the same victim."),
    Measure(name="da_victim_count", windows=_ALL_WINDOWS, unit="records", family="overlap",
            direction=Direction.NONE, model_use=False,
            label="Domestic abuse records as victim",
            about="DA incidents in which the person is a victim."),
    Measure(name="both_role_incidents_all", unit="records", family="overlap", direction=Direction.NONE, model_use=False,
            label="Records as suspect and victim at once",
            about="DA incidents in which the person is suspect and victim."),
    Measure(name="reciprocal_counterparties_all", unit="people", family="overlap", direction=Direction.NONE,
            model_use=False,
            label="People recorded against this person and the other way round",
            about="Different people with records in both directions; never netted."),
    Measure(name="non_da_crime_count", windows=(365, 1095, None), unit="crimes", family="history",
            label="Crimes other than domestic abuse as suspect",
            about="Crimes as suspect that are not marked domestic."),
    Measure(name="order_breach_count", windows=(365, 1095, None), unit="breaches", family="orders",
            absent_without=("orders", "order_breaches"),
            label="Breaches of own orders",
            about="Recorded breaches of orders against the person, whatever the order's kind or dates."),
    Measure(name="children_present_count", windows=(365, None), unit="records", family="history",
            absent_without=("incidents.children_present",),
            label="Records as suspect with children present",
            about="DA incidents as suspect with children marked present; an empty mark is not a yes."),
    Measure(name="custody_days_365d", unit="days", family="custody", direction=Direction.NONE,
            absent_without=("custody",),
            label="Days in custody in the last 12 months",
            about="Days inside among the last 365; days covered twice count once. A quiet year may be a year inside."),
    Measure(name="median_gap_days", unit="days", family="history", direction=Direction.DOWN, can_be_null=True,
            label="Median days between records",
            about="Median of the gaps between consecutive dates of DA incidents; null with fewer than two dates."),
    Measure(name="component_size", unit="people", family="relationships", direction=Direction.NONE, model_use=False,
            label="People linked through records of who did what to whom",
            about="Size of the person's connected component of all known dyads; at least 1."),
    Measure(name="co_suspects_all", unit="people", family="relationships",
            label="Different people suspected together with this person",
            about="Different other people who were suspects in the same DA incident."),
)
# fmt: on

#: Every feature, in the order of the columns of a feature matrix.
CATALOGUE: tuple[FeatureSpec, ...] = tuple(spec for measure in MEASURES for spec in measure.specs())


def absent_features(absent: Sequence[str]) -> tuple[str, ...]:
    """Names of the features that are null where these tables or "table.column"s are absent."""
    missing = set(absent)
    return tuple(spec.name for measure in MEASURES if missing & set(measure.absent_without) for spec in measure.specs())


def sources_needed() -> frozenset[str]:
    """Every table or "table.column" some feature cannot do without."""
    return frozenset(source for measure in MEASURES for source in measure.absent_without)


def documentation() -> str:
    """The catalogue as a Markdown page: one row per feature."""
    lines = [
        "# Feature catalogue",
        "",
        "One row per feature. A window of W days holds what is dated 1 to W days before the as-of date and was known",
        "by then. *Scored* says whether a ranking model may use the feature. Made by `mat catalogue`.",
        "",
        "| feature | what people read | what it counts | unit | more means | scored | when missing |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{spec.name}` | {spec.sentence.format(value='...')} | {spec.about} | {spec.unit} | "
        f"{_DIRECTION_WORDS[spec.direction]} | {'yes' if spec.model_use else 'never'} | {spec.when_missing} |"
        for spec in CATALOGUE
    ]
    return "\n".join(lines) + "\n"


_DIRECTION_WORDS = {Direction.UP: "more harm", Direction.DOWN: "less harm", Direction.NONE: "neither"}
