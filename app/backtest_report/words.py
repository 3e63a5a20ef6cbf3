"""How a backtest is said to people: numbers, dates, models, detectors, and the words of the field.

What is not known is said so; a share is never shown without the sign of what it is a share of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from app.backtest_report.readings import Reading
from app.wording import printable
from features.groups import ATTRIBUTES
from mat.schemas.matrix import NOT_KNOWN

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

SYNTHETIC = "SYNTHETIC RECORDS: nobody in them exists. The figures prove the machinery, never accuracy."

MODEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "random": "Names drawn at random: what no knowledge at all would do.",
        "count_365d": "Number of domestic abuse records in the last 12 months.",
        "harm_365d": "Harm points of the last 12 months.",
        "rfgv": "Recency, frequency, gravity, victims: the points table that stands for the spreadsheet in use today.",
        "scorecard": "Integer points learnt from earlier years (elastic-net logistic regression on bands).",
        "ebm": "Explainable boosting: one learnt curve for each feature, added up.",
        "boosted": "Boosted trees of depth 3 that keep to the directions of the catalogue.",
        "hurdle": "Chance of any harm times the harm to expect if there is any.",
    }
)

_DETECTORS: Mapping[str, str] = MappingProxyType(
    {
        "single feature": "A feature that alone ranks people better than any honest one does: it may know the answer.",
        "planted leak": "Does the detector of single features see one that was told the answer?",
        "permuted dates": "Does it see features of a day on which the year to foretell was over?",
        "jump": "A feature that foretells far better than it did half a year earlier: it may see into the label year.",
        "moved window": "Does the detector of jumps see features of a day inside the label year?",
        "shuffled labels": "A model that finds something in labels dealt out at random: it must have read the answer.",
        "base rate": "A share of people with a new record that jumps between folds: recording may have changed.",
        "right-censoring": "Fewer records at the end of the extract than a year before: some may still be missing.",
    }
)

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("As-of date", "The day on which a list is made. Only what was known before that day is used."),
    (
        "AUC",
        (
            "Take one person with a new record and one without, at random: how often the model puts the first above "
            "the second. 0.5 is chance, 1 is perfect."
        ),
    ),
    (
        "Calibration",
        (
            "Whether people given a chance of 30% have a new record about 30 times in 100. The slope is 1 where the "
            "chances are spread as they should be; under 1, high chances are too high and low ones too low."
        ),
    ),
    (
        "Captured harm",
        (
            "The harm that the next 12 months recorded against the people on a list, as a share of the harm recorded "
            "against everyone who could have been on it."
        ),
    ),
    (
        "Cold start",
        "Harm by people who had no earlier record when the list was made. No list made from history can name them.",
    ),
    (
        "Custody",
        (
            "Days in custody are days on which harm in the community is unlikely. A person who spent the year there "
            "may look quiet."
        ),
    ),
    ("Embargo", "The days waited after a label year before it is read, so that records entered late are in it."),
    ("False negative (FN)", "A person not listed who had a new record."),
    ("False positive (FP)", "A person listed who had no new record. It does not say that no harm was done."),
    ("Fold", "One rehearsal: a list is made as on an earlier date and compared with the year that followed."),
    (
        "Gain",
        (
            "What a model captures more than rfgv on the same people, in percentage points of all harm. Below zero it "
            "captures less."
        ),
    ),
    ("Harm points", "The weight a harm scale gives to recorded crimes. Records that are not crimes carry none."),
    (
        "Interval",
        (
            "The range in which the figure would lie 95 times in 100, had other people of the same kind been recorded. "
            "Wide means that little is known."
        ),
    ),
    ("K", "The number of people a panel can take. A list is judged by its first K names."),
    ("Oracle", "The best list that hindsight could have made. Nobody can reach it; it shows what was there to be had."),
    ("PR-AUC", "Precision averaged over lists of every length. Chance is the base rate, not 0.5."),
    ("Precision", "Of the first names, the share who had a new record."),
    ("Recall", "Of the people who had a new record, the share who were listed."),
    ("Suspect", "A person recorded by police as a suspect: an allegation, not a finding."),
    ("True negative (TN)", "A person not listed who had no new record."),
    ("True positive (TP)", "A person listed who had a new record."),
)


def attribute_words(attribute: str) -> str:
    """A group column in words."""
    return ATTRIBUTES.get(attribute, attribute.replace("_", " "))


def group_words(group: str | None) -> str:
    """A group of people in words; the code for what is not recorded is said."""
    return "U (not recorded)" if group is None or group == "U" else printable(group)


def percent(value: float | None, *, digits: int = 1) -> str:
    """A share (0 to 1) as per cent."""
    return NOT_KNOWN if value is None else f"{signed_zero(value * 100, digits)}%".replace("-", MINUS)


def points(value: float | None, *, digits: int = 1) -> str:
    """A difference of shares in percentage points, always with its sign."""
    if value is None:
        return NOT_KNOWN
    text = signed_zero(value * 100, digits)
    return text.replace("-", MINUS) if text.startswith("-") or float(text) == 0 else f"+{text}"


def number(value: float | None, *, digits: int = 2) -> str:
    """A number with fixed decimals and separated thousands."""
    return NOT_KNOWN if value is None else signed_zero(value, digits).replace("-", MINUS)


def count(value: float | None) -> str:
    """A count; means of counts keep one decimal."""
    if value is None:
        return NOT_KNOWN
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent_with_interval(reading: Reading | None) -> str:
    """`12.3% (10.1 to 14.0)`."""
    return _with_interval(reading, percent, "%")


def points_with_interval(reading: Reading | None) -> str:
    """`+1.2 (+0.3 to +2.6)`, in percentage points."""
    return _with_interval(reading, points, "")


def number_with_interval(reading: Reading | None) -> str:
    """`0.91 (0.80 to 1.04)`."""
    return _with_interval(reading, number, "")


def area(value: float | None) -> str:
    """An area under a curve, as people who work with them write it: `0.716`."""
    return number(value, digits=3)


def area_with_interval(reading: Reading | None) -> str:
    """`0.716 (0.690 to 0.741)`."""
    return _with_interval(reading, area, "")


def _with_interval(reading: Reading | None, say: Callable[[float | None], str], unit: str) -> str:
    if reading is None:
        return NOT_KNOWN
    if not reading.has_interval:
        return say(reading.value)
    return f"{say(reading.value)} ({say(reading.low).removesuffix(unit)} to {say(reading.high).removesuffix(unit)})"


def signed_zero(value: float, digits: int) -> str:
    """The number with so many decimals, and no sign before a zero."""
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not any(letter in "123456789" for letter in text) else text


def day(value: date | None) -> str:
    """`1 January 2023`."""
    return NOT_KNOWN if value is None else f"{value.day} {value:%B %Y}"


def period(days: int) -> str:
    """A number of days as people say it."""
    return "12 months" if days == 365 else f"{days:,} days"


def detector_words(name: str) -> str:
    """What a detector looks for, or a dash where this report has no words for it."""
    return _DETECTORS.get(name, NONE)


def sentence_case(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]
