"""Small stories about people and what connects them, with the cells one can count on one's fingers."""

from __future__ import annotations

from datetime import timedelta

from tests.reference.snapshots import MIDNIGHT, ago, incident, row
from tests.reference.story_rows import (
    SECOND,
    Cells,
    Story,
    breach,
    eliminated,
    merge,
    order,
    pair,
    restriction,
    stay,
    tie,
)

#: what it shows, the story, what is expected of whom (nobody = not in the population)
PEOPLE: list[tuple[str, Story, Cells]] = [
    (
        "every suspect is paired with every victim but themselves",
        [incident("a", 5, "s t", "s v w")],
        {
            "s": {"distinct_victims_all": 2, "both_role_incidents_all": 1, "da_victim_count_all": 1},
            "t": {"distinct_victims_all": 3, "both_role_incidents_all": 0, "reciprocal_counterparties_all": 0},
        },
    ),
    (
        "incidents that are not domestic form no dyad and count apart",
        [incident("a", 5, "s", "v", domestic=False), incident("b", 400, "s", domestic=False), incident("c", 9, "s")],
        {
            "s": {
                "distinct_victims_all": 0,
                "component_size": 1,
                "non_da_crime_count_365d": 1,
                "non_da_crime_count_1095d": 2,
                "non_da_crime_count_all": 2,
                "da_suspect_count_all": 1,
                "is_serial_unconnected": False,
            }
        },
    ),
    (
        "rows of pairs replace all pairs",
        [incident("a", 5, "s t", "v w"), pair("a", "s", "v"), pair("a", "t", "w")],
        {"s": {"distinct_victims_all": 1, "component_size": 2}, "t": {"distinct_victims_all": 1}},
    ),
    (
        "a pair without the roles forms no dyad and still keeps all pairs away",
        [incident("a", 5, "s", "v"), pair("a", "v", "s")],
        {"s": {"distinct_victims_all": 0, "max_same_victim_all": 0}},
    ),
    (
        "a pair with an eliminated suspect forms no dyad and still keeps all pairs away",
        [incident("a", 60, "s", "v"), eliminated("a", "t", ago(3)), pair("a", "t", "v")],
        {"s": {"distinct_victims_all": 0}, "t": {}},
    ),
    (
        "a pair that is not known yet neither forms a dyad nor keeps all pairs away",
        [
            incident("a", 5, "s", "v w"),
            row("involvements", incident_id="a", person_id="x", role="victim", recorded_at=MIDNIGHT),
            pair("a", "s", "x"),
        ],
        {"s": {"distinct_victims_all": 2}},
    ),
    (
        "a known pair beside one that is not known yet is all there is",
        [
            incident("a", 5, "s", "v w"),
            row("involvements", incident_id="a", person_id="x", role="victim", recorded_at=MIDNIGHT),
            pair("a", "s", "x"),
            pair("a", "s", "v"),
        ],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "a quarantined pair keeps all pairs away",
        [
            incident("a", 5, "s", "v"),
            incident("b", 5, "t", "v"),
            row("quarantine", table="pairs", row=1, kind="row", raw='{"incident_id": " a ", "suspect_id": ""}'),
            row("quarantine", table="orders", row=1, kind="row", raw='{"incident_id": "b"}'),
            row("quarantine", table="pairs", row=2, kind="row", raw="not json"),
        ],
        {"s": {"distinct_victims_all": 0}, "t": {"distinct_victims_all": 1}},
    ),
    (
        "a quarantined pair that is not known yet, as far as one can read it, keeps nothing away",
        [
            incident("a", 5, "s", "v"),
            row("involvements", incident_id="a", person_id="t", role="suspect", recorded_at=MIDNIGHT),
            row("quarantine", table="pairs", row=1, kind="row", raw='{"incident_id": "a", "suspect_id": "t"}'),
        ],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "a person with one known and one later row of a role is known",
        [
            incident("a", 5, "s", "v w"),
            row("involvements", incident_id="a", person_id="old", role="suspect", recorded_at=MIDNIGHT),
            merge("old", "s", ago(3)),
            pair("a", "old", "v"),
        ],
        {"s": {"distinct_victims_all": 1}},
    ),
    (
        "harm is divided once, and correctly rounded",
        [incident("a", 5, "s", "v", offence_code="THIRD"), incident("b", 5, "s", "v", offence_code="ODD")],
        {"s": {"harm_90d": 1965.4401, "harm_max_365d": 1965.34}},
    ),
    (
        "victims who were victims together are connected, through others of this suspect only",
        [
            incident("a", 5, "s", "u v"),
            incident("b", 2000, "", "v w"),
            incident("c", 4, "s", "w"),
            incident("d", 3, "s", "x"),
            incident("e", 2, "", "x y"),
            incident("f", 2, "", "y w"),
            incident("g", 2, "", "x w", domestic=False),
        ],
        {"s": {"distinct_victims_all": 4, "unconnected_victims_all": 2, "is_serial_unconnected": True}},
    ),
    (
        "connections close within the victims of the window only",
        [
            incident("a", 5, "s", "u"),
            incident("b", 2000, "s", "v"),
            incident("c", 5, "s", "w"),
            tie("u", "v", ago(3)),
            tie("w", "v", ago(3)),
        ],
        {
            "s": {
                "unconnected_victims_1095d": 2,
                "unconnected_victims_all": 1,
                "is_serial_unconnected": False,
                "is_serial_distinct": True,
            }
        },
    ),
    (
        "a tie counts once it is known",
        [
            incident("a", 5, "s t", "u v"),
            pair("a", "s", "u"),
            incident("b", 5, "s", "w"),
            incident("c", 5, "r", "x"),
            incident("d", 5, "r", "y"),
            tie("u", "w", MIDNIGHT),
            tie("x", "y", MIDNIGHT - SECOND),
        ],
        {"s": {"unconnected_victims_all": 2}, "r": {"unconnected_victims_all": 1}},
    ),
    (
        "victims two incidents show each other in turn are counter-allegations, also from one incident",
        [incident("a", 5, "s", "t"), incident("b", 900, "t", "s"), incident("c", 5, "p q", "p q")],
        {
            "s": {"reciprocal_counterparties_all": 1, "da_victim_count_all": 1, "da_victim_count_730d": 0},
            "t": {"reciprocal_counterparties_all": 1, "da_victim_count_90d": 1},
            "p": {"reciprocal_counterparties_all": 1, "both_role_incidents_all": 1, "component_size": 2},
        },
    ),
    (
        "a restricted person has no row and goes on counting for others",
        [
            incident("a", 5, "s", "r"),
            incident("b", 5, "r s", "s"),
            restriction("r", MIDNIGHT - SECOND, MIDNIGHT),
            incident("c", 5, "t"),
            restriction("t", MIDNIGHT),
            incident("d", 5, "u"),
            restriction("u", ago(9), MIDNIGHT - SECOND),
        ],
        {
            "s": {"distinct_victims_all": 1, "reciprocal_counterparties_all": 1, "co_suspects_all": 1},
            "r": {},
            "t": {"da_suspect_count_all": 1},
            "u": {"da_suspect_count_all": 1},
        },
    ),
    (
        "merges known at the date replace ids along their chain, in every table",
        [
            incident("a", 5, "s1", "v"),
            incident("b", 5, "s2 s3", "v"),
            merge("s1", "s2", MIDNIGHT - SECOND),
            merge("s2", "s3", ago(1000), MIDNIGHT),
            order("o", "s1", ago(30)),
            breach("o", ago(20)),
            stay("s2", ago(10), ago(8)),
            restriction("s1", ago(50), ago(40)),
        ],
        {
            "s1": {},
            "s2": {},
            "s3": {
                "da_suspect_count_all": 2,
                "max_same_victim_all": 2,
                "co_suspects_all": 0,
                "order_breach_count_all": 1,
                "custody_days_365d": 2,
            },
        },
    ),
    (
        "merges made later or undone before are not followed",
        [
            incident("a", 5, "s", "v"),
            incident("b", 5, "t", "v"),
            incident("c", 5, "u", "v"),
            merge("s", "t", MIDNIGHT),
            merge("u", "t", ago(10), MIDNIGHT - SECOND),
        ],
        {key: {"da_suspect_count_all": 1} for key in ("s", "t", "u")},
    ),
    (
        "merging the two ends of a tie or of a dyad leaves nothing of it",
        [
            incident("a", 5, "s", "s1"),
            incident("b", 5, "t", "v1 v2 w"),
            tie("v1", "v2", ago(9)),
            merge("s1", "s", ago(3)),
            merge("v1", "v2", ago(3)),
        ],
        {
            "s": {"distinct_victims_all": 0, "both_role_incidents_all": 1, "component_size": 1},
            "t": {"distinct_victims_all": 2, "unconnected_victims_all": 1},
        },
    ),
    (
        "a merge restricts the id that remains",
        [incident("a", 5, "s", "v"), restriction("old", ago(9)), merge("old", "s", ago(3))],
        {"s": {}},
    ),
    (
        "of two rows that merge into one the elimination of one leaves the other, and the earlier is when it was known",
        [
            incident("a", 60, "s", "v", linked=ago(58)),
            row("involvements", incident_id="a", person_id="s1", role="suspect", recorded_at=ago(2)),
            eliminated("a", "s2", ago(5)),
            merge("s1", "s", ago(3)),
            merge("s2", "s", ago(3)),
            incident("b", 200, "s", recorded=ago(195), linked=ago(100)),
            row("involvements", incident_id="b", person_id="s1", role="suspect", recorded_at=ago(2)),
        ],
        {"s": {"da_suspect_count_all": 2, "newly_recorded_count_90d": 1}},
    ),
    (
        "breaches count on the order of the person, both known, windowed by when they happened",
        [
            incident("a", 5, "s", "v"),
            order("o", "s", MIDNIGHT - SECOND),
            order("p", "s", MIDNIGHT),
            order("q", "v", ago(100)),
            breach("o", ago(365)),
            breach("o", ago(365, seconds=-1)),
            breach("o", ago(1096)),
            breach("o", ago(7), MIDNIGHT),
            breach("p", ago(7)),
            breach("q", ago(7)),
        ],
        {"s": {"order_breach_count_365d": 1, "order_breach_count_1095d": 2, "order_breach_count_all": 3}},
    ),
    (
        "days inside: from the first day, not the last, overlaps once, still inside up to the as-of date",
        [
            incident("a", 5, "s", "v"),
            incident("b", 5, "t", "v"),
            incident("c", 5, "u", "v"),
            stay("s", ago(10, seconds=86399), ago(7, seconds=1)),
            stay("s", ago(9), ago(6)),
            stay("s", ago(3), ago(3, seconds=50)),
            stay("t", ago(400), ago(364)),
            stay("t", ago(2), MIDNIGHT),
            stay("u", ago(2000), MIDNIGHT + timedelta(days=40)),
            stay("u", MIDNIGHT),
            stay("v", ago(10)),
        ],
        {"s": {"custody_days_365d": 4}, "t": {"custody_days_365d": 3}, "u": {"custody_days_365d": 365}},
    ),
    (
        "the median gap is between different dates; of an even number it is the mean of the middle two",
        [
            *(incident(f"s{days}", days, "s") for days in (100, 90, 85)),
            incident("again", 85, "s"),
            *(incident(f"t{days}", days, "t") for days in (100, 90, 85, 84)),
            incident("other", 30, "t", domestic=False),
            incident("u1", 30, "u"),
            incident("u2", 30, "u"),
        ],
        {"s": {"median_gap_days": 7.5}, "t": {"median_gap_days": 5.0}, "u": {"median_gap_days": None}},
    ),
    (
        "a component holds everyone who can be reached over dyads in either direction",
        [
            incident("a", 2000, "s", "v"),
            incident("b", 5, "t", "v"),
            incident("c", 5, "u", "t"),
            incident("d", 5, "u", recorded=ago(4)),
            incident("e", 5, "u", "x", recorded=MIDNIGHT),
        ],
        {"s": {"component_size": 4}, "u": {"component_size": 4}},
    ),
    (
        "children are present where the record says so",
        [
            incident("a", 5, "s", children_present=True),
            incident("b", 5, "s", children_present=False),
            incident("c", 5, "s", children_present=None),
            incident("d", 400, "s", children_present=True),
        ],
        {"s": {"children_present_count_365d": 1, "children_present_count_all": 2}},
    ),
    (
        "witnesses, children and the merely involved are neither suspects nor victims",
        [
            incident("a", 5, "s"),
            *(
                row("involvements", incident_id="a", person_id="x", role=role, recorded_at=ago(4))
                for role in ("witness", "involved", "child")
            ),
        ],
        {"s": {"distinct_victims_all": 0, "component_size": 1}, "x": {}},
    ),
    (
        "serial needs two victims and two records within three years",
        [
            incident("a", 1095, "s", "v"),
            incident("b", 5, "s", "w", crime=False),
            incident("c", 5, "t", "v w"),
            incident("d", 1096, "u", "v"),
            incident("e", 5, "u", "w"),
        ],
        {
            "s": {"is_serial_distinct": True, "is_serial_unconnected": False, "is_priority": True},
            "t": {"is_serial_distinct": False, "is_priority": False},
            "u": {"is_serial_distinct": False, "unconnected_victims_1095d": 1},
        },
    ),
]
