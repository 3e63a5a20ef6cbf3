"""What is counted for an area and how it is broken down: the words that stand in `area.parquet`.

A word never changes its meaning; what is counted differently gets another word.
"""

from __future__ import annotations

from enum import StrEnum

NOT_STATED = "not stated"


class Measure(StrEnum):
    """What is counted. The period is that of `app.area.times`; 365d is the year before the as-of date."""

    DA_CRIMES = "da_crimes"  # DA crimes of the period
    DA_NON_CRIMES = "da_non_crimes"  # DA records of the period that are no crimes
    DA_CHILDREN_PRESENT = "da_children_present"  # DA records of the period, crimes or not, with children present
    DA_CRIMES_365D = "da_crimes_365d"
    DA_NON_CRIMES_365D = "da_non_crimes_365d"
    SUSPECT_RECORDS = "suspect_records"  # suspects in DA crimes of the period, counted at every crime
    VICTIM_RECORDS = "victim_records"  # victims likewise
    SUSPECTS = "suspects"  # different people among them
    VICTIMS = "victims"
    SUSPECTS_AND_VICTIMS = "suspects_and_victims"  # people who are in both
    PRIORITY_SUSPECTS = "priority_suspects"  # of the population of the list, those flagged `is_priority`
    OTHER_SUSPECTS = "other_suspects"
    DVPN_ISSUED = "dvpn_issued"  # orders issued in the year
    DVPN_BREACHED = "dvpn_breached"  # of them, those with a breach known by the as-of date
    DVPO_ISSUED = "dvpo_issued"
    DVPO_BREACHED = "dvpo_breached"
    DAPN_ISSUED = "dapn_issued"
    DAPN_BREACHED = "dapn_breached"
    DAPO_ISSUED = "dapo_issued"
    DAPO_BREACHED = "dapo_breached"


class Group(StrEnum):
    """The breakdown that a part belongs to."""

    WHOLE_AREA = "whole_area"
    WARD = "ward"  # of the incident
    MONTH = "month"  # 2024-03
    HOME_WARD = "home_ward"  # of the person
    SEX = "sex"
    AGE_BAND = "age_band"  # of everyone, on the as-of date
    FEMALE_AGE_BAND = "female_age_band"  # of women and girls, on the day of the record
    MALE_AGE_BAND = "male_age_band"
    ETHNICITY = "ethnicity"
    TIMES = "times"  # how often a person was recorded in the period
    FINANCIAL_YEAR = "financial_year"  # April to March; the running one ends "to date"


#: How often a person was recorded: the word, and the fewest and most times; None = no most.
TIMES = (("1", 1, 1), ("2", 2, 2), ("3 to 4", 3, 4), ("5 to 9", 5, 9), ("10 to 19", 10, 19), ("20 and over", 20, None))
