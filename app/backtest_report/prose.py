"""What the report says in sentences: the verdict, what it means, what it does not, and what to be wary of.

Every number in a sentence is one of a table; where a number is not known the sentence says so or is left out.
"""

from __future__ import annotations

from app.backtest_report.making import NOT_ASSESSED
from app.backtest_report.readings import BASELINE, ORACLE, Readings, Row
from app.backtest_report.words import area, count, day, percent, percent_with_interval, period, points, sentence_case

#: Above this a ranking is better than published work on police records has ever been.
_TOO_GOOD = 0.8


def headline(readings: Readings) -> str:
    """The verdict in a few words."""
    champion = readings.champion
    return f"{BASELINE} stays" if champion == BASELINE else f"{champion} may replace {BASELINE}"


def reasons(readings: Readings) -> tuple[str, ...]:
    """Why the verdict is what it is."""
    return readings.result.verdict.sentences


def meaning(readings: Readings) -> tuple[str, ...]:
    """What the verdict means for a panel."""
    return tuple(
        sentence
        for sentence in (_captured(readings), *listed(readings), _folds(readings), _no_automatism(readings))
        if sentence
    )


def _captured(readings: Readings) -> str:
    verdict = readings.result.verdict
    if verdict.candidate is None:
        return ""
    theirs = readings.of_harm("captured", verdict.candidate, capacity=readings.k, as_of=verdict.fold)
    ours = readings.of_harm("captured", BASELINE, capacity=readings.k, as_of=verdict.fold)
    oracle = readings.of_harm("oracle", ORACLE, capacity=readings.k, as_of=verdict.fold)
    if theirs is None or ours is None:
        return ""
    perfect = f" The best list hindsight could make would have carried {percent(oracle.value)}." if oracle else ""
    gain = ""
    if verdict.gain is not None and verdict.low is not None and verdict.high is not None:
        gain = (
            f" The difference is {points(verdict.gain)} percentage points, and with 95% confidence between "
            f"{points(verdict.low)} and {points(verdict.high)}."
        )
    return (
        f"On the list as of {day(verdict.fold)}, the first {readings.k} names of {verdict.candidate} carried "
        f"{percent_with_interval(theirs)} of the harm recorded afterwards against the people who could be listed; "
        f"the first {readings.k} of {BASELINE} carried {percent_with_interval(ours)}.{gain}{perfect}"
    )


def listed(readings: Readings) -> tuple[str, ...]:
    """The counts of the candidate and of rfgv in sentences; empty where no fold was judged."""
    chosen = dict.fromkeys(name for name in (readings.candidate, BASELINE) if name)
    found = [_listed(readings, name) for name in chosen]
    return tuple(sentence for sentence in found if sentence)


def _listed(readings: Readings, name: str) -> str:
    if readings.last is None:
        return ""
    tp, fp, fn = (
        readings.of(metric, name, label="any", capacity=readings.k, as_of=readings.last)
        for metric in ("tp", "fp", "fn")
    )
    if tp is None or fp is None or fn is None:
        return ""
    return (
        f"Of the first {count(tp.value + fp.value)} names of {name} on {day(readings.last)}, {count(tp.value)} had a "
        f"new record and {count(fp.value)} did not; {count(fn.value)} people further down had one."
    )


def _folds(readings: Readings) -> str:
    judged, refused = len(readings.judged), len(readings.folds) - len(readings.judged)
    left_out = f" {count(refused)} more {_was(refused)} refused: see Folds that were refused." if refused else ""
    if judged == 0:
        return "No list was compared with what followed; why each was refused stands under Folds that were refused."
    if judged == 1:
        return (
            "All of this rests on one fold, a single rehearsal. Another year could turn out differently by more than "
            f"the intervals say.{left_out}"
        )
    return (
        f"All of this rests on {judged} folds, rehearsals on earlier dates. Their label years overlap where folds are "
        f"less than {period(readings.result.label_days)} apart: they are not so many separate proofs.{left_out}"
    )


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _no_automatism(readings: Readings) -> str:
    if readings.champion == BASELINE:
        return "Lists are made as before."
    return "Nothing changes by itself: a named person puts a model into use, with a reason (mat models promote)."


def why_refused(fold: Row) -> str:
    """Why a fold was refused; its own date, which stands beside it, is left out."""
    reason = fold["reason"] or "no reason was recorded"
    return sentence_case(str(reason).removeprefix(f"as of {fold['as_of']}: "))


def limits(readings: Readings) -> tuple[str, ...]:
    """What the verdict does not say, whatever it is."""
    return (
        "It does not say that anyone listed will do harm, nor that anyone not listed is safe.",
        (
            "Harm here is recorded harm, weighted by one scale: allegations, not findings. What nobody reported is "
            "not in it, and where police look more they record more."
        ),
        (
            "It does not say what a panel's work changed. People who were worked with may have done less harm "
            "because of it, which counts against the list that named them."
        ),
        cold_start(readings),
        "It lists nobody. Each nomination is a named person's decision, with a reason.",
    )


def cold_start(readings: Readings) -> str:
    """One sentence on the harm that no list made from history can name."""
    cold = readings.of_people("cold_start_share")
    if cold is None:
        return "How much of the harm came from people without an earlier record is not known here."
    return (
        f"{percent_with_interval(cold)} of all harm in the period after a list was by people who had no domestic abuse "
        "record as suspect when it was made. No list made from history can name them, however good the model."
    )


def cautions(readings: Readings) -> tuple[str, ...]:
    """What to look at before using the verdict: the backtest's own warnings, then what its figures give away."""
    return (*readings.result.warnings, *_too_good(readings), *_detected(readings))


def _too_good(readings: Readings) -> list[str]:
    high: list[str] = []
    for name in readings.result.model_names:
        for label in ("any", "serious"):
            reading = readings.of("auc", name, label=label)
            if reading and reading.value > _TOO_GOOD:
                high.append(f"{name} ({label}) {area(reading.value)}")
    if not high:
        return []
    return [
        (
            f"AUC above {_TOO_GOOD}: {', '.join(high)}. Published work on police records does not get "
            "there: look for a leak before believing it."
        )
    ]


def _detected(readings: Readings) -> list[str]:
    rows = readings.result.detectors.to_dicts()
    said = [
        f"Detector {row['name']} ({row['subject']}): {row['sentence']}"
        for row in rows
        if not row["is_as_it_should_be"] and row["status"] != NOT_ASSESSED
    ]
    unproven = [row["name"] for row in rows if row["is_planted"] and row["status"] == NOT_ASSESSED]
    if unproven:
        said.append(f"Detectors that could not be shown a planted fault, so may be blind: {', '.join(unproven)}.")
    return said
