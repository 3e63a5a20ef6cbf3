"""Referrals to behaviour change and what became of them: waits by tier as published, many never start."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from mat.synthetic.draft import Draft, minutes_until, numbered
from mat.synthetic.people import Bools, Floats
from mat.synthetic.targets import Targets

_PER_YEAR = 300
_SOURCES = ("police", "probation", "children_social_care", "self", "housing", "health")
_SOURCE_SHARES = (0.3, 0.2, 0.25, 0.12, 0.08, 0.05)
_TIER_SHARES = {"2": 0.2, "3": 0.6, "4": 0.2}
_CLOSURES = ("closed_planned", "closed_unplanned", "closed_unsuitable", "closed_transferred")
_CLOSURE_SHARES = (0.66, 0.2, 0.08, 0.06)


def programme(rng: np.random.Generator, draft: Draft, targets: Targets) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `programme_referrals` and `programme_events`; no event is later than the extract."""
    end = minutes_until(draft.begins, draft.extracted_at.date())
    known = draft.dyads.filter(pl.col("relation").is_in(["intimate", "ex_intimate"]))
    size = round(_PER_YEAR * end / (1440 * 365.25))
    rows = known[np.sort(rng.permutation(known.height)[:size])]
    start = np.datetime64(draft.begins, "us")
    recorded = ((rows["recorded_at"].to_numpy() - start) // np.timedelta64(1, "m")).astype(np.int64)
    referred = np.minimum(recorded + rng.integers(1, 60, size) * 1440, end - 1440)
    tiers = np.array(list(_TIER_SHARES))
    tier = rng.choice(len(tiers), size=size, p=list(_TIER_SHARES.values()))
    referrals = (
        pl.DataFrame(
            {
                "person_id": draft.person_ids.gather(rows["suspect"]),
                "referred_at": draft.as_dates(referred),
                "source_agency": pl.Series(_SOURCES).gather(rng.choice(len(_SOURCES), size=size, p=_SOURCE_SHARES)),
                "tier": tiers[tier],
                "minute": referred,
            }
        )
        .sort("referred_at", "person_id")
        .with_columns(numbered("R", np.arange(size) + 1, 5).alias("referral_id"))
    )
    return referrals, _events(rng, draft, referrals, targets)


def _events(rng: np.random.Generator, draft: Draft, referrals: pl.DataFrame, targets: Targets) -> pl.DataFrame:
    size = referrals.height
    received = rng.integers(1, 4, size).astype(np.float64)
    answered = received + rng.integers(1, 12, size)
    consents = rng.random(size) < 0.72
    starts = consents & (rng.random(size) < 0.7)
    wait = _waits(rng, referrals["tier"], starts, targets)
    answered = np.minimum(answered, wait * 0.8)
    received = np.minimum(received, answered * 0.5)
    ends = wait + rng.uniform(60, 220, size)
    everyone = np.ones(size, dtype=np.bool_)
    closure = rng.choice(len(_CLOSURES), size=size, p=_CLOSURE_SHARES)
    steps: list[tuple[str, Floats, Bools, str | None]] = [
        ("received", received, everyone, None),
        ("consented", answered, consents, None),
        ("declined", answered, ~consents, "does not see a problem"),
        ("waiting", (answered + wait) / 2, consents, None),
        ("offered", wait * 0.95, starts, None),
        ("started", wait, starts, None),
        ("tier_changed", wait + 30, starts & (rng.random(size) < 0.06), "assessed again"),
        ("not_attended", wait + 15, starts & (rng.random(size) < 0.35), None),
        ("consent_withdrawn", wait + 50, starts & (rng.random(size) < 0.08), "no longer wishes to attend"),
        *((word, ends, starts & (closure == place), None) for place, word in enumerate(_CLOSURES)),
    ]
    minute = referrals["minute"].to_numpy()
    frames = [
        referrals.select("referral_id")
        .with_columns(
            event=pl.lit(word),
            at=draft.as_dates(minute + (days * 1440).astype(np.int64)),
            reason=pl.lit(reason, dtype=pl.String),
        )
        .filter(pl.Series(happens))
        for word, days, happens, reason in steps
    ]
    latest = draft.extracted_at - timedelta(minutes=1)
    return pl.concat(frames).filter(pl.col("at") <= latest).sort("referral_id", "at", "event")


def _waits(rng: np.random.Generator, tier: pl.Series, starts: Bools, targets: Targets) -> Floats:
    """Days from referral to start; among those who start, the mean of each tier is the published one."""
    waits = 0.3 + rng.gamma(3.0, 1.0, len(tier))
    for name, days in targets.programme_wait_days.items():
        of_tier = (tier == name).to_numpy()
        waits[of_tier] *= days / waits[of_tier & starts].mean()
    return waits
