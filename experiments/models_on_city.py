"""Every model on a city whose latent propensities are known: `python -m experiments.models_on_city`.

The records are synthetic: what comes out proves machinery, never accuracy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from app.periods import Periods
from experiments.cities import CAUTION, demonstration_city, ingested, latent_harm
from experiments.judged import (
    comparison,
    figure,
    judged_again,
    made,
    method,
    scored_folds,
    verdict_lines,
    with_list,
)
from experiments.lessons import Bench, Lesson, command
from experiments.tables import NOTHING, decimals, markdown, percent
from mat.snapshot import Snapshot
from models.scored import ScoredFold

OWN = ("scale", "seats", "half_life_days")

#: The list that knows everybody's latent propensity and severity and nothing else.
KNOWN = "latent"
#: The same list when it sees, besides, how long ago everybody was last recorded.
KNOWN_AND_SEEN = "latent and last seen"

_WHAT_IS_LATENT = (
    "Knowing propensity and severity is not knowing next year: the simulation also lets people stop, go inside, change "
    "partners and meet victims who do not report, and none of that is latent propensity. The second list sees from the "
    "records how long ago each person was last recorded; how fast it forgets is an assumption, not a fit."
)
_WHAT_IS_COVERED = (
    "100 % = as good as that list; below 0 = worse than rfgv; intervals of the captured shares above overlap widely."
)


def report(lesson: Lesson, bench: Bench) -> str:
    """The whole experiment as Markdown: the lists, how they order propensity, and how near they come."""
    bench.timer.step("Simulating the city")
    city = demonstration_city()
    bench.timer.step("Reading its extract")
    snapshot = ingested(city.tables, bench.folder / "city")
    how = method(lesson, lesson.settings, lesson.text("scale"))
    finished = made(snapshot, how, "city", bench.timer)
    bench.timer.step("Setting the lists beside what the extract hides")
    latent = latent_harm(city, how.scale, lesson.seed)
    source = Periods(Snapshot.open(snapshot), scale=how.scale, definitions=how.definitions)
    folds = [
        with_known(fold, latent, source.matrix_at(fold.as_of).frame, half_life=lesson.whole("half_life_days"))
        for fold in scored_folds(finished, how)
    ]
    found = Found(
        metrics=judged_again(folds, how).metrics,
        names=finished.result.model_names,
        seats=(*map(str, lesson.settings.capacities), "top 1 %"),
    )
    lines = [f"# Models on the synthetic city\n\n**{CAUTION}**\n\n{lesson.question}\n", _about(folds, latent), ""]
    lines += [*comparison(finished, lesson.whole("seats")), "", *verdict_lines(finished), ""]
    lines += ["## Do they find the latent propensity? Spearman correlation on the last fold", ""]
    heads = ["model", "with propensity", "with propensity x severity", "with propensity, of those who have any"]
    lines += [*markdown(heads, correlations(folds[-1], latent)), ""]
    lines += ["## Captured harm beside lists that know what is latent, and beside hindsight", ""]
    at_seats = [f"at {each}" for each in found.seats]
    lines += [*markdown(["list", *at_seats], found.captured()), "", _WHAT_IS_LATENT, ""]
    lines += [f"## Share of the distance from rfgv to {KNOWN_AND_SEEN} that each model covers", ""]
    lines += [*markdown(["model", *at_seats], found.covered()), "", _WHAT_IS_COVERED]
    return "\n".join(lines) + "\n"


def _about(folds: Sequence[ScoredFold], latent: pl.DataFrame) -> str:
    last = folds[-1]
    hidden = last.people.select("person_id").join(latent, on="person_id", how="left")
    without = hidden.filter(pl.col("propensity") == 0).height
    return (
        f"{len(folds)} folds, the last as of {last.as_of}: {last.people.height:,} people, {without:,} of them with no "
        "propensity of their own (recorded because of somebody else's acts)."
    )


def with_known(fold: ScoredFold, latent: pl.DataFrame, frame: pl.DataFrame, *, half_life: int) -> ScoredFold:
    """The fold with the two lists that know what is latent.

    `latent`: `person_id`, `expected_harm`. `frame`: `person_id`, `days_since_last_da`; the second list halves what it
    expects with every `half_life` days since a person's last record.
    """
    faded = (
        frame.select("person_id", "days_since_last_da")
        .join(latent, on="person_id", how="left")
        .select("person_id", score=pl.col("expected_harm") * 0.5 ** (pl.col("days_since_last_da") / half_life))
    )
    known = with_list(fold, KNOWN, latent.select("person_id", score=pl.col("expected_harm")))
    return with_list(known, KNOWN_AND_SEEN, faded)


def correlations(fold: ScoredFold, latent: pl.DataFrame) -> list[list[str]]:
    """Spearman's correlation of every list of a fold with the latent figures: one row per list."""
    hidden = fold.people.select("person_id").join(latent, on="person_id", how="left", maintain_order="left")
    acting = hidden["propensity"] > 0
    return [
        [
            name,
            decimals(_spearman(listed["score"], hidden["propensity"])),
            decimals(_spearman(listed["score"], hidden["expected_harm"])),
            decimals(_spearman(listed["score"].filter(acting), hidden["propensity"].filter(acting))),
        ]
        for name, listed in fold.models.items()
        if name not in {KNOWN, KNOWN_AND_SEEN}
    ]


def _spearman(one: pl.Series, other: pl.Series) -> float | None:
    """Null where either is the same for everyone."""
    found = pl.DataFrame({"one": one, "other": other}).select(pl.corr("one", "other", method="spearman")).item()
    return None if found is None or found != found else float(found)  # noqa: PLR0124 - NaN is not itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Figures over all folds: `metrics` as in a judgement, of the models `names`, at the capacities `seats`."""

    metrics: pl.DataFrame
    names: Sequence[str]
    seats: Sequence[str]

    def captured(self) -> list[list[str]]:
        """Captured harm with its interval: one row per list, hindsight last."""
        lists = [
            [name, *(percent(*figure(self.metrics, name, "captured", capacity=each)) for each in self.seats)]
            for name in (*self.names, KNOWN, KNOWN_AND_SEEN)
        ]
        oracle = [percent(*figure(self.metrics, "oracle", "oracle", capacity=each)) for each in self.seats]
        return [*lists, ["oracle (hindsight)", *oracle]]

    def covered(self) -> list[list[str]]:
        """Each model's gain over rfgv as a share of the gain of the list that knows most: one row per model."""
        return [[name, *(self._share(name, each) for each in self.seats)] for name in self.names if name != "rfgv"]

    def _share(self, name: str, capacity: str) -> str:
        gain = figure(self.metrics, name, "gain", capacity=capacity).value
        whole = figure(self.metrics, KNOWN_AND_SEEN, "gain", capacity=capacity).value
        return NOTHING if gain is None or whole is None or whole <= 0 else f"{100 * gain / whole:.0f} %"


def main(arguments: list[str] | None = None) -> int:
    """Print the report, or write it to `--out`."""
    return command("models_on_city", __doc__ or "", OWN, report, arguments)


if __name__ == "__main__":
    sys.exit(main())
