"""The extract as contract: one dataframely schema per table, read by ingest, snapshots and documentation alike.

Grain, types, keys, closed word lists, references and what may be empty are declared here and nowhere else.
`TABLES` lists them in the order in which rows depend on each other: parents before children.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import dataframely as dy

from mat import vocabulary as words


class Kind(StrEnum):
    """How the text of a cell is read."""

    ID = "id"  # trimmed text that names a row
    TEXT = "text"  # trimmed text, shown as text
    WORD = "word"  # one of a closed list
    FLAG = "flag"  # true/false/1/0, any case
    NUMBER = "number"  # a whole number
    MOMENT = "moment"  # date and time; a date alone is midnight
    DAY = "day"  # a date; a year alone is 1 January of it


def _id(*, key: bool = False, names: str | None = None, optional: bool = False) -> dy.String:
    return dy.String(
        primary_key=key, nullable=optional, metadata={"kind": Kind.ID, "names": names, "optional": optional}
    )


def _text(*, optional: bool = False) -> dy.String:
    return dy.String(nullable=optional, metadata={"kind": Kind.TEXT, "optional": optional})


def _word(
    vocabulary: type[StrEnum],
    *,
    key: bool = False,
    optional: bool = False,
    when_empty: StrEnum | None = None,
    strict: bool = False,
) -> dy.String:
    allowed = [word.value for word in vocabulary]
    return dy.String(
        primary_key=key,
        nullable=optional and when_empty is None,
        check={"known_word": lambda column: column.is_in(allowed)},
        metadata={
            "kind": Kind.WORD,
            "vocabulary": vocabulary,
            "optional": optional,
            "when_empty": when_empty,
            "strict": strict,
        },
    )


def _flag(*, optional: bool = False) -> dy.Bool:
    return dy.Bool(nullable=optional, metadata={"kind": Kind.FLAG, "optional": optional})


def _number() -> dy.Int64:
    return dy.Int64(nullable=True, metadata={"kind": Kind.NUMBER, "optional": True})


def _moment(
    *, key: bool = False, optional: bool = False, falls_back_to: str | None = None, strict: bool = False
) -> dy.Datetime:
    return dy.Datetime(
        time_unit="us",
        primary_key=key,
        nullable=optional and falls_back_to is None,
        metadata={"kind": Kind.MOMENT, "optional": optional, "falls_back_to": falls_back_to, "strict": strict},
    )


def _day() -> dy.Date:
    return dy.Date(nullable=True, metadata={"kind": Kind.DAY, "optional": True})


def _derived_word(vocabulary: type[StrEnum]) -> dy.String:
    allowed = [word.value for word in vocabulary]
    return dy.String(nullable=True, check={"known_word": lambda column: column.is_in(allowed)})


class Persons(dy.Schema):
    """One row per person the force knows by a nominal id."""

    person_id = _id(key=True)
    birth_date = _day()
    #: Made by ingest: `year` where only the year is known (the date is then 1 January); null without a birth date.
    birth_date_precision = _derived_word(words.DatePrecision)
    sex = _word(words.Sex, optional=True, when_empty=words.Sex.UNKNOWN)
    ethnicity = _word(words.Ethnicity, optional=True, when_empty=words.Ethnicity.UNKNOWN)
    home_ward = _text(optional=True)


class Incidents(dy.Schema):
    """One row per crime or non-crime record."""

    incident_id = _id(key=True)
    #: Crimes of one event share it; without it frequency may count crimes, not events.
    occurrence_id = _text(optional=True)
    occurred_at = _moment()
    #: When the force knew.
    recorded_at = _moment(optional=True, falls_back_to="occurred_at", strict=True)
    offence_code = _text(optional=True)
    is_crime = _flag()
    is_domestic = _flag()
    ward = _text(optional=True)
    children_present = _flag(optional=True)
    risk_grade = _word(words.RiskGrade, optional=True)
    cancelled_at = _moment(optional=True, strict=True)
    outcome_code = _text(optional=True)


class Involvements(dy.Schema):
    """One row per incident, person and role; a person may hold several roles, also in one incident."""

    incident_id = _id(key=True, names="incidents")
    person_id = _id(key=True, names="persons")
    role = _word(words.Role, key=True)
    #: When the person was linked; empty = when the incident was recorded.
    recorded_at = _moment(optional=True, falls_back_to="incidents.recorded_at", strict=True)
    status = _word(words.Status, optional=True, strict=True)
    status_at = _moment(optional=True, strict=True)


class Pairs(dy.Schema):
    """One row per incident, suspect and victim: who did it to whom, where the force says so."""

    incident_id = _id(key=True, names="incidents")
    suspect_id = _id(key=True, names="persons")
    victim_id = _id(key=True, names="persons")
    relationship = _word(words.Relationship, optional=True)
    injury = _text(optional=True)
    reported_by = _text(optional=True)


class Ties(dy.Schema):
    """One row per undirected connection of two people outside incidents; stored with `person_id_a < person_id_b`."""

    person_id_a = _id(key=True, names="persons")
    person_id_b = _id(key=True, names="persons")
    kind = _word(words.Tie, key=True)
    known_at = _moment()


class Orders(dy.Schema):
    """One row per order, notice or set of conditions against a person."""

    order_id = _id(key=True)
    person_id = _id(names="persons")
    protected_person_id = _id(names="persons", optional=True)
    kind = _word(words.OrderKind)
    issued_at = _moment()
    expires_at = _moment(optional=True)
    recorded_at = _moment(optional=True, falls_back_to="issued_at", strict=True)
    conditions = _text(optional=True)


class OrderBreaches(dy.Schema):
    """One row per breach of an order."""

    order_id = _id(key=True, names="orders")
    occurred_at = _moment(key=True)
    recorded_at = _moment(optional=True, falls_back_to="occurred_at", strict=True)


class Assessments(dy.Schema):
    """One row per completed risk form."""

    assessment_id = _id(key=True)
    suspect_id = _id(names="persons")
    victim_id = _id(names="persons")
    assessed_at = _moment()
    form = _word(words.AssessmentForm)
    score = _number()
    grade = _text(optional=True)


class Marac(dy.Schema):
    """One row per hearing of a case at a MARAC."""

    marac_id = _id(key=True)
    victim_id = _id(names="persons")
    suspect_id = _id(names="persons")
    heard_at = _moment()


class ProgrammeReferrals(dy.Schema):
    """One row per referral to a behaviour-change programme."""

    referral_id = _id(key=True)
    person_id = _id(names="persons")
    referred_at = _moment()
    source_agency = _text()
    tier = _text(optional=True)


class ProgrammeEvents(dy.Schema):
    """One row per event of a referral."""

    referral_id = _id(key=True, names="programme_referrals")
    event = _word(words.ProgrammeEvent, key=True)
    at = _moment(key=True)
    reason = _text(optional=True)


class Custody(dy.Schema):
    """One row per stay in custody: from its first day up to, but not including, the day of `to_at`."""

    person_id = _id(key=True, names="persons")
    from_at = _moment(key=True)
    to_at = _moment(optional=True, strict=True)


class Standing(dy.Schema):
    """One row per person, standing and start."""

    person_id = _id(key=True, names="persons")
    kind = _word(words.Standing, key=True)
    from_at = _moment(key=True)
    to_at = _moment(optional=True, strict=True)
    level = _text(optional=True)
    source = _text(optional=True)


class Restrictions(dy.Schema):
    """One row per restriction of processing: the person leaves every list while it runs."""

    person_id = _id(key=True, names="persons")
    from_at = _moment(key=True)
    to_at = _moment(optional=True, strict=True)
    reason = _text()


class Nominations(dy.Schema):
    """One row per partner referral to the panel; may name people without any incident."""

    nomination_id = _id(key=True)
    person_id = _id(names="persons")
    agency = _text()
    nominated_at = _moment()
    reason = _text()


class PersonMerges(dy.Schema):
    """One row per nominal id that was merged into another; `old_id` need not be in `persons`."""

    old_id = _id(key=True)
    new_id = _id(names="persons")
    merged_at = _moment()
    undone_at = _moment(optional=True)


class Identities(dy.Schema):
    """One row per agency record of a person's name; for linkage and the case store only, never for features."""

    record_id = _id(key=True)
    agency = _text()
    person_id = _id(names="persons", optional=True)
    forename = _text(optional=True)
    surname = _text(optional=True)
    birth_date = _day()
    postcode = _text(optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnContract:
    """One contract column: how its cells are read and what an empty or bad cell means.

    `is_strict`: a bad, non-empty cell quarantines the row although the column is optional.
    `falls_back_to`: the column (or `table.column`) an empty cell takes its value from.
    `names`: the table whose key this id must match.
    """

    name: str
    kind: Kind
    is_key: bool
    is_optional: bool
    is_strict: bool = False
    vocabulary: type[StrEnum] | None = None
    when_empty: StrEnum | None = None
    falls_back_to: str | None = None
    names: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContract:
    """One contract table. `columns` excludes what ingest derives; `schema` includes it."""

    name: str
    schema: type[dy.Schema]
    is_required: bool
    columns: tuple[ColumnContract, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns, in contract order."""
        return tuple(column.name for column in self.columns if column.is_key)


def _contract(name: str, schema: type[dy.Schema], *, is_required: bool = False) -> TableContract:
    columns: list[ColumnContract] = []
    for column_name, column in schema.columns().items():
        facts = column.metadata
        if facts is None:
            continue
        columns.append(
            ColumnContract(
                name=column_name,
                kind=facts["kind"],
                is_key=column.primary_key,
                is_optional=bool(facts.get("optional", False)),
                is_strict=bool(facts.get("strict", False)),
                vocabulary=facts.get("vocabulary"),
                when_empty=facts.get("when_empty"),
                falls_back_to=facts.get("falls_back_to"),
                names=facts.get("names"),
            )
        )
    return TableContract(name=name, schema=schema, is_required=is_required, columns=tuple(columns))


#: Every table of the contract, parents before children.
TABLES: Mapping[str, TableContract] = MappingProxyType(
    {
        table.name: table
        for table in (
            _contract("persons", Persons, is_required=True),
            _contract("incidents", Incidents, is_required=True),
            _contract("person_merges", PersonMerges),
            _contract("involvements", Involvements, is_required=True),
            _contract("pairs", Pairs),
            _contract("ties", Ties),
            _contract("orders", Orders),
            _contract("order_breaches", OrderBreaches),
            _contract("assessments", Assessments),
            _contract("marac", Marac),
            _contract("programme_referrals", ProgrammeReferrals),
            _contract("programme_events", ProgrammeEvents),
            _contract("custody", Custody),
            _contract("standing", Standing),
            _contract("restrictions", Restrictions),
            _contract("nominations", Nominations),
            _contract("identities", Identities),
        )
    }
)
