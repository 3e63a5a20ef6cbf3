"""Small stories about what counts and when, with the cells one can count on one's fingers."""

from __future__ import annotations

from tests.reference.snapshots import MIDNIGHT, ago, incident
from tests.reference.story_rows import SECOND, Cells, Story, eliminated

#: what it shows, the story, what is expected of whom (nobody = not in the population)
RECORDS: list[tuple[str, Story, Cells]] = [
    (
        "windows hold their first day and not the one before",
        [incident(f"i{days}", days, "s", "v") for days in (1, 90, 91, 365, 366, 730, 731, 1095, 1096)],
        {
            "s": {
                "da_suspect_count_90d": 2,
                "da_suspect_count_365d": 4,
                "da_suspect_count_730d": 6,
                "da_suspect_count_1095d": 8,
                "da_suspect_count_all": 9,
                "max_same_victim_365d": 4,
                "max_same_victim_1095d": 8,
                "max_same_victim_all": 9,
                "days_since_last_da": 1,
                "days_since_first_da": 1096,
                "is_repeat": True,
                "is_serial_distinct": False,
                "is_priority": True,
            }
        },
    ),
    (
        "an incident is known when it was recorded before midnight of the as-of date",
        [
            incident("a", 5, "s", "v", recorded=MIDNIGHT - SECOND),
            incident("b", 5, "s", "v", recorded=MIDNIGHT),
            incident("c", 5, "t", "v", recorded=MIDNIGHT + SECOND),
        ],
        {"s": {"da_suspect_count_all": 1}, "t": {}},
    ),
    (
        "an involvement is known when both it and its incident are",
        [incident("a", 5, "s", "v", linked=MIDNIGHT), incident("b", 5, "t", "v", linked=MIDNIGHT - SECOND)],
        {"s": {}, "t": {"da_suspect_count_all": 1, "distinct_victims_all": 1}},
    ),
    (
        "what happens on the as-of date itself is not yet history",
        [incident("a", 0, "s", "v", recorded=ago(1)), incident("b", 3, "t", "v")],
        {"s": {}, "t": {"da_suspect_count_all": 1}},
    ),
    (
        "cancelled before the as-of date does not count, cancelled at its midnight still does",
        [
            incident("a", 5, "s", "v", cancelled_at=MIDNIGHT - SECOND),
            incident("b", 5, "t", "v", cancelled_at=MIDNIGHT),
        ],
        {"s": {}, "t": {"da_suspect_count_all": 1}},
    ),
    (
        "eliminated suspects do not count from the moment of elimination, nor where it has no moment",
        [
            incident("a", 60, victims="v"),
            eliminated("a", "p", MIDNIGHT - SECOND),
            eliminated("a", "q", MIDNIGHT),
            eliminated("a", "r", None),
        ],
        {"p": {}, "q": {"da_suspect_count_all": 1, "co_suspects_all": 0}, "r": {}},
    ),
    (
        "only suspects are eliminated: a victim row with that status counts",
        [incident("a", 60, "s"), eliminated("a", "v", ago(20), role="victim")],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "a non-crime counts in frequency and never in harm",
        [incident("a", 5, "s", "v", crime=False, offence_code="ABH")],
        {
            "s": {
                "da_suspect_count_90d": 1,
                "da_crime_count_90d": 0,
                "harm_90d": 0.0,
                "harm_max_all": None,
                "harm_unweighted_count_all": 0,
                "is_high_harm": False,
            }
        },
    ),
    (
        "codes are trimmed, upper-cased, matched whole, else by their stem; zero is a weight, unknown is none",
        [
            incident(f"i{place}", place + 1, "s", "v", offence_code=code)
            for place, code in enumerate([" abh ", "8n/06", "8n/07", "8n", "nil", "nil/1", "unknown", None, ""])
        ],
        {
            "s": {
                "harm_all": 1866.25,
                "harm_max_all": 1826.25,
                "harm_unweighted_count_all": 3,
                "is_high_harm": True,
            }
        },
    ),
    (
        "harm is added as whole ten-thousandths",
        [incident(f"i{place}", 5, "s", "v", offence_code="ODD") for place in range(3)],
        {"s": {"harm_all": 0.3003, "harm_max_365d": 0.1001}},
    ),
    (
        "harm of zero is a largest weight of zero",
        [incident("a", 500, "s", "v", offence_code="NIL")],
        {"s": {"harm_all": 0.0, "harm_max_365d": None, "harm_max_1095d": 0.0, "harm_max_all": 0.0}},
    ),
    (
        "the previous year ends where the last one begins",
        [
            incident(f"i{days}", days, "s", offence_code=code)
            for days, code in ((365, "ABH"), (366, "8N"), (730, "8N/06"), (731, "ABH"))
        ],
        {"s": {"harm_365d": 1826.25, "harm_previous_365d": 30.0, "harm_730d": 1856.25}},
    ),
    (
        "full harm goes to each suspect",
        [incident("a", 5, "s t", "v", offence_code="ABH")],
        {"s": {"harm_all": 1826.25, "co_suspects_all": 1}, "t": {"harm_all": 1826.25, "co_suspects_all": 1}},
    ),
    (
        "high risk is a code the scale marks, within a year",
        [
            incident("a", 365, "s", offence_code="stalking"),
            incident("b", 366, "t", offence_code="stalking"),
            incident("c", 5, "u", offence_code="stalking", crime=False),
            incident("d", 5, "w", offence_code="stalking", domestic=False),
            incident("e", 5, "w"),
        ],
        {
            "s": {"is_high_harm": True, "is_priority": True},
            "t": {"is_high_harm": False},
            "u": {"is_high_harm": False},
            "w": {"is_high_harm": False, "non_da_crime_count_all": 1},
        },
    ),
    (
        "newly recorded looks at when it became known: the later of the two records, whatever the date",
        [
            incident("a", 2000, "s", recorded=ago(90), offence_code="8N"),
            incident("b", 2000, "s", recorded=ago(90, seconds=-1), offence_code="ABH"),
            incident("c", 2000, "s", recorded=ago(2000), linked=ago(1), offence_code="NIL"),
            incident("d", 2000, "s", recorded=ago(5), linked=ago(1500), crime=False, offence_code="ABH"),
        ],
        {"s": {"newly_recorded_count_90d": 3, "newly_recorded_harm_90d": 10.0, "harm_90d": 0.0}},
    ),
]
