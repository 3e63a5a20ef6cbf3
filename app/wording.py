"""How codes are said to people: flags, holds, reasons for setting aside, and what an absent column means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mat.vocabulary import DataGap, Hold, QuarantineReason
from mat.wording import ABBREVIATIONS, code_in_words

FLAG_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "is_serial_distinct": "serial",
        "is_serial_unconnected": "serial (unconnected)",
        "is_repeat": "repeat",
        "is_high_harm": "high harm",
    }
)

HOLD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Hold.UNDER_16: "under 16: never listed, refer to children's social care",
        Hold.UNDER_18: "under 18: listed only with children's services leading",
        Hold.SENSITIVE: "sensitive: the named reviewer alone sees them",
        Hold.COUNTER_ALLEGATION: "recorded against each other: somebody must read both sides",
        Hold.MOSTLY_VICTIM: "recorded more often as victim than as suspect",
        Hold.INSUFFICIENT_DATA: "too little is known for this model",
    }
)

_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")

SET_ASIDE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        QuarantineReason.MISSING_VALUE: "a needed cell is empty",
        QuarantineReason.UNKNOWN_VALUE: "a word outside its list",
        QuarantineReason.UNPARSEABLE: "a date, number or truth value that cannot be read",
        QuarantineReason.ORPHAN: "names a row that does not exist",
        QuarantineReason.RECORDED_BEFORE_OCCURRED: "recorded before it happened",
        QuarantineReason.END_BEFORE_START: "ends before it starts",
        QuarantineReason.DUPLICATE: "the same row again",
        QuarantineReason.CONFLICTING_KEY: "one id, different content",
        QuarantineReason.CHILD_OF_QUARANTINED: "names a row that was set aside",
        QuarantineReason.SELF_TIE: "a tie of a person with themselves",
        QuarantineReason.CYCLE: "merges that lead in a circle",
        QuarantineReason.MALFORMED_ROW: "the row itself cannot be read",
    }
)

#: Of an action that somebody notices and that has not gone through its safety gate, after how far it has come.
GATE_FIRST = ": the safety gate first"
#: What it means for the reader that the extract lacks a table or "table.column"; in the order in which it is said.
ABSENCE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "incidents.recorded_at": "when the force knew is not recorded, so late records look as if known at once",
        "incidents.cancelled_at": "cancelled records cannot be told and still count",
        "involvements.status": "eliminated suspects cannot be told and still count",
        "incidents.occurrence_id": "frequency may count crimes, not events",
        "ties": "whether victims are connected cannot be assessed, nor serial against unconnected victims",
        "pairs": "every suspect in a record counts against every victim in it",
        "custody": "a quiet year may be a year in custody",
        "orders": "breaches of orders are not counted",
        "order_breaches": "breaches of orders are not counted",
        "incidents.children_present": "children present is not counted",
        "standing": "prison, MAPPA, Drive, deceased and sensitive are not known",
        "restrictions": "restrictions of processing come from --reviews alone",
    }
)

GAP_WORDS: Mapping[str, str] = MappingProxyType(
    {
        DataGap.BIRTH_DATE_UNKNOWN: "birth date not known: the age holds cannot be assessed",
        DataGap.BIRTH_YEAR_ONLY: "only the year of birth is known",
        DataGap.VALUE_SET_ASIDE: "a value of one of the records could not be read",
        DataGap.UNWEIGHTED_CRIMES: "some crimes have no weight in this scale",
        DataGap.NO_VICTIM_RECORDED: "no record names a victim",
        DataGap.NO_TIES: "ties are not in the extract",
        DataGap.NO_CUSTODY: "custody is not in the extract",
        DataGap.NO_ORDERS: "orders or breaches are not in the extract",
        DataGap.NO_CHILDREN_PRESENT: "children present is not in the extract",
        DataGap.NO_CANCELLATIONS: "cancellations are not in the extract",
        DataGap.NO_ELIMINATIONS: "eliminations are not in the extract",
        DataGap.NO_RECORDED_AT: "recording times are not in the extract",
    }
)

#: What one crime weighs under each shipped scale; another scale is called by its file.
SCALE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "statutory_max_days": "Maximum sentence",
        "count": "Every crime counts one",
        "ons_css_2016": "ONS crime severity score",
    }
)

#: What harm is counted in under each shipped scale.
_HARM_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "statutory_max_days": "days of maximum sentence",
        "count": "crimes, each of them one",
        "ons_css_2016": "points of the ONS crime severity score",
    }
)

#: Kinds of orders that are called more than their code; the others go by their abbreviation.
ORDER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "bail": "bail conditions",
        "community": "community order",
        "licence": "licence conditions",
        "non_molestation": "non-molestation order",
        "occupation": "occupation order",
        "restraining": "restraining order",
    }
)

SEX_WORDS: Mapping[str, str] = MappingProxyType({"F": "female", "M": "male", "X": "another", "U": "not recorded"})

CAUTION = (
    "Nobody is listed by this list: each nomination is a named person's decision, with a reason.",
    "It names suspects as recorded by police: allegations, not findings; any of it may be disclosable.",
)


SYNTHETIC = "SYNTHETIC RECORDS: nobody in them exists. They prove the machinery, never accuracy."


def harm_unit(scale: str) -> str:
    """What harm is counted in under a scale: one of a force's own in its points."""
    return _HARM_UNITS.get(scale) or f"points of the scale {code_in_words(scale)}"


def flags_of(row: Mapping[str, Any]) -> str:
    """The flags of one row of the ranked list, in words."""
    return ", ".join(word for flag, word in FLAG_WORDS.items() if row[flag])


def standing_of(row: Mapping[str, Any]) -> str:
    """The standing of one row of the ranked list, in words."""
    return ", ".join(code_in_words(code) for code in row["standing"])


def printable(text: str) -> str:
    """The text on one line, with everything replaced that a terminal would act upon."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def in_words(text: str) -> str:
    """A code of mat's as words, a flag or a hold in its own; any other text as it is."""
    if text in FLAG_WORDS or text in HOLD_WORDS:
        return FLAG_WORDS.get(text) or HOLD_WORDS[text]
    return code_in_words(text.removeprefix("is_")) if _CODE.fullmatch(text) or text in ABBREVIATIONS else text
