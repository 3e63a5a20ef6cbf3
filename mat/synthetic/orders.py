"""Notices and orders that follow records, and their breaches; notices and DVPOs by year as published.

Every order follows a record of its suspect and victim; a breach falls while the order runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft, minutes_until, numbered
from mat.synthetic.lag import within
from mat.synthetic.people import Bools, Ints
from mat.synthetic.targets import Targets

_MINUTES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """An order as it is usually made: orders a year, days from record to issue, days it runs, share breached."""

    word: str
    per_year: int
    days_to_issue: float
    runs: float
    breached: float
    conditions: str


#: Round numbers of our own; only notices and DVPOs are published.
_KINDS = (
    _Kind(word="non_molestation", per_year=190, days_to_issue=25, runs=365, breached=0.16, conditions="no contact"),
    _Kind(word="restraining", per_year=130, days_to_issue=150, runs=900, breached=0.14, conditions="no contact"),
    _Kind(word="occupation", per_year=15, days_to_issue=40, runs=180, breached=0.1, conditions="leave the home"),
    _Kind(word="spo", per_year=6, days_to_issue=60, runs=730, breached=0.2, conditions="no contact, no following"),
    _Kind(word="bail", per_year=420, days_to_issue=1, runs=28, breached=0.08, conditions="not to go to the address"),
    _Kind(word="licence", per_year=45, days_to_issue=200, runs=300, breached=0.12, conditions="as supervised"),
    _Kind(word="community", per_year=90, days_to_issue=120, runs=365, breached=0.1, conditions="rehabilitation days"),
    _Kind(word="cbo", per_year=10, days_to_issue=130, runs=730, breached=0.2, conditions="exclusion area"),
)


def orders_and_breaches(
    rng: np.random.Generator, draft: Draft, targets: Targets, *, scale: float = 1.0, label: str = ""
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `orders` and `order_breaches`; `scale` is the size against the city, whose years are as published."""
    candidates = _candidates(draft)
    made = [
        *_notices(rng, draft, targets, candidates, scale),
        *(_usual(rng, draft, kind, candidates, scale) for kind in _KINDS),
    ]
    orders = pl.concat(made).sort("minute", maintain_order=True)
    orders = orders.with_columns(numbered(f"O{label}", np.arange(orders.height) + 1, 5).alias("order_id"))
    return orders, _breaches(rng, draft, orders)


def _candidates(draft: Draft) -> pl.DataFrame:
    """One row per domestic crime with a named suspect and victim, with the minute it occurred."""
    start = np.datetime64(draft.begins, "us")
    known = draft.dyads.filter(pl.col("is_crime")).unique("incident", keep="first", maintain_order=True)
    minute = ((known["recorded_at"].to_numpy() - start) // np.timedelta64(1, "m")).astype(np.int64)
    return known.with_columns(pl.Series("minute", minute))


def _notices(
    rng: np.random.Generator, draft: Draft, targets: Targets, candidates: pl.DataFrame, scale: float
) -> list[pl.DataFrame]:
    """Notices, each followed by an order two days later unless refused; by financial year, April to March."""
    couples = candidates.filter(pl.col("relation").is_in(["intimate", "ex_intimate"]))
    made: list[pl.DataFrame] = []
    for year in range(draft.begins.year, draft.extracted_at.year):
        issued, breached = _wanted(targets, "dvpn", year, scale)
        granted, order_breached = _wanted(targets, "dvpo", year, scale)
        opens, closes = _april(draft, year) + _MINUTES, _april(draft, year + 1) - 5 * _MINUTES
        rows = _choose(rng, couples.filter(pl.col("minute").is_between(opens, closes)), issued)
        minute = rows["minute"].to_numpy() + rng.integers(3 * 60, 20 * 60, rows.height)
        two_days = np.full(rows.height, 2 * _MINUTES)
        made.append(_orders(draft, rows, "dvpn", minute, two_days, is_breached=_first(rng, rows.height, breached)))
        follows = np.sort(rng.permutation(rows.height)[:granted])
        runs = rng.integers(14, 29, len(follows)) * _MINUTES
        is_breached = _first(rng, len(follows), order_breached)
        made.append(
            _orders(draft, rows[follows], "dvpo", minute[follows] + two_days[follows], runs, is_breached=is_breached)
        )
    return made


def _wanted(targets: Targets, kind: str, year: int, scale: float) -> tuple[int, int]:
    """Issued and breached in a year: as published, else the mean of the published years times `scale`."""
    published = [counts for (word, _), counts in targets.orders.items() if word == kind]
    issued, breached = (sum(column) / len(published) * scale for column in zip(*published, strict=True))
    usual = (max(1, round(issued)), round(breached))
    return targets.orders.get((kind, year), usual) if scale == 1.0 else usual


def _usual(rng: np.random.Generator, draft: Draft, kind: _Kind, candidates: pl.DataFrame, scale: float) -> pl.DataFrame:
    end = minutes_until(draft.begins, draft.extracted_at.date())
    years = end / (_MINUTES * 365.25)
    rows = _choose(rng, candidates, max(1, round(kind.per_year * years * scale)))
    lag = rng.exponential(kind.days_to_issue * _MINUTES, rows.height).astype(np.int64)
    minute = within(rng, rows["minute"].to_numpy(), lag, end)
    runs = (kind.runs * _MINUTES * rng.uniform(0.6, 1.4, rows.height)).astype(np.int64)
    return _orders(
        draft,
        rows,
        kind.word,
        minute,
        runs,
        is_breached=rng.random(rows.height) < kind.breached,
        conditions=kind.conditions,
    )


def _choose(rng: np.random.Generator, candidates: pl.DataFrame, wanted: int) -> pl.DataFrame:
    """Records that lead to an order, in their order: the worse the act, the likelier."""
    if candidates.height > 10 * wanted:
        candidates = candidates[np.sort(rng.permutation(candidates.height)[: 10 * wanted])]
    key = candidates["latent_act_severity"].to_numpy() + rng.gumbel(size=candidates.height) * 1.2
    return candidates[np.sort(np.argsort(-key, kind="stable")[:wanted])]


def _orders(
    draft: Draft,
    rows: pl.DataFrame,
    kind: str,
    minute: Ints,
    runs: Ints,
    *,
    is_breached: Bools,
    conditions: str = "no contact",
) -> pl.DataFrame:
    ids = draft.person_ids
    latest = minutes_until(draft.begins, draft.extracted_at.date()) - 1
    return pl.DataFrame(
        {
            "person_id": ids.gather(rows["suspect"]),
            "protected_person_id": ids.gather(rows["victim"]),
            "kind": kind,
            "issued_at": draft.as_dates(minute),
            "expires_at": draft.as_dates(minute + runs),
            "recorded_at": draft.as_dates(np.minimum(minute + 45, latest)),
            "conditions": conditions,
            "is_breached": is_breached,
            "minute": minute,
            "runs": runs,
        }
    )


def _breaches(rng: np.random.Generator, draft: Draft, orders: pl.DataFrame) -> pl.DataFrame:
    end = minutes_until(draft.begins, draft.extracted_at.date())
    broken = orders.filter("is_breached")
    minute, runs = broken["minute"].to_numpy(), broken["runs"].to_numpy()
    latest = np.minimum(minute + runs, end)
    occurred = minute + (rng.random(len(minute)) * np.maximum(latest - minute, 1)).astype(np.int64)
    occurred = np.minimum(occurred, end - 60)
    recorded = within(rng, occurred, rng.exponential(1.5 * _MINUTES, len(minute)).astype(np.int64), end)
    return broken.select("order_id").with_columns(
        draft.as_dates(occurred).alias("occurred_at"), draft.as_dates(recorded).alias("recorded_at")
    )


def _first(rng: np.random.Generator, size: int, wanted: int) -> Bools:
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[rng.permutation(size)[:wanted]] = True
    return chosen


def _april(draft: Draft, year: int) -> int:
    return minutes_until(draft.begins, draft.begins.replace(year=year, month=4, day=1))
