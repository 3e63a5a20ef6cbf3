"""The pictures of the page of one person: everything in them is text, and said again beside them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from app.components import held, links, reasons, records, spans, timeline
from app.tasking.subject.held import BothSides, HoldSaid, Side
from app.tasking.subject.network import Kind, Link, Network, Person
from app.tasking.subject.reasons import Behind, Reason, Why
from app.tasking.subject.timelines import Between, Direction, Event, Pair, Timelines
from mat.vocabulary import Hold, Role

HOSTILE = "<script>alert(1)</script> & \"'` **[x](y)** \u202e"
VICTIM, TOKEN = UUID(int=7), "V1"


def an_event(number: int, role: Role = Role.SUSPECT, **given: Any) -> Event:
    values: dict[str, Any] = {
        "incident_id": f"I{number}", "on": date(2020, 1, 1) + timedelta(days=number * 5), "recorded_on":
        date(2020, 1, 1) + timedelta(days=number * 5), "role": role, "offence": "Stalking", "is_crime": True,
        "is_domestic": True, "is_cancelled": False, "harm": 10.0, "children_present": True, "risk_grade": "high",
        "status": "charged", "outcome": None,
        "between": (Between(victim_id=VICTIM, token=TOKEN, injury="minor", caller="victim"),),
    }  # fmt: skip
    return Event(**{**values, **given})


def a_direction(events: tuple[Event, ...]) -> Direction:
    return Direction(
        records=len(events), crimes=len(events), harm=1.5, first_on=date(2020, 1, 1), last_on=date(2024, 1, 1),
        relationship="ex_intimate", events=events,
    )  # fmt: skip


def a_story(count: int, **given: Any) -> Timelines:
    events = tuple(an_event(each, (Role.SUSPECT, Role.VICTIM)[each % 3 == 0], **given) for each in range(count))
    pair = Pair(
        victim_id=VICTIM,
        token=TOKEN,
        name=None,
        against=a_direction(tuple(each for each in events if each.role is Role.SUSPECT)),
        by=a_direction(tuple(each for each in events if each.role is Role.VICTIM)),
    )
    return Timelines(pairs=(pair,), events=events, shows_pairs=True, shows_events=True)


def squares(svg: str) -> list[tuple[float, float, float, float]]:
    """Place and size of every square that stands for a record."""
    found: list[tuple[float, float, float, float]] = []
    for group in ET.fromstring(svg).iter():  # noqa: S314 - made here
        title = group.find("{http://www.w3.org/2000/svg}title")
        if title is not None:
            rect = group.find("{http://www.w3.org/2000/svg}rect")
            assert rect is not None
            found.append(tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height")))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("count", [1, 12, 300])
def test_every_record_is_a_square_of_its_own_that_overlaps_no_other(count: int) -> None:
    drawn = squares(timeline.timeline(a_story(count), "force:P1", date(2024, 4, 1)))

    assert len(drawn) == 2 * count, "once in its pair, once in the person's own band"
    assert all(width >= 1 for _, _, width, _ in drawn)
    placed = {(round(x, 1), round(y, 1)) for x, y, _, _ in drawn}
    assert len(placed) == len(drawn)


def test_what_is_recorded_as_suspect_stands_above_the_line_and_as_victim_below_it() -> None:
    svg = timeline.timeline(a_story(30), "force:P1", date(2024, 4, 1))

    line = float(re.findall(r'mat-t-line" x1="\d+" y1="([\d.]+)"', svg)[0])
    first = svg.split('<line class="mat-t-line"')[1]
    above, below = re.search(r'<g class="mat-t-against">(.*?)</g><g class="mat-t-by">(.*)', first, re.DOTALL).groups()  # type: ignore[union-attr]
    assert all(float(y) < line for y in re.findall(r'<rect class="mat-t-crime" x="[\d.]+" y="([\d.]+)"', above))
    assert all(float(y) > line for y in re.findall(r'<rect class="mat-t-crime" x="[\d.]+" y="([\d.]+)"', below))


def test_a_picture_is_the_same_in_whatever_order_the_records_come() -> None:
    story = a_story(60)
    turned = Timelines(pairs=story.pairs, events=tuple(reversed(story.events)), shows_pairs=True, shows_events=True)

    assert timeline.timeline(story, "P", date(2024, 4, 1)) == timeline.timeline(turned, "P", date(2024, 4, 1))


@pytest.mark.parametrize("as_of", [date(1990, 1, 1), date(2020, 1, 1), date(2090, 1, 1)])
def test_a_picture_is_whole_whatever_the_date_of_the_list(as_of: date) -> None:
    svg = timeline.timeline(a_story(9), "force:P1", as_of)

    assert min(float(each) for each in re.findall(r'(?:width|height)="([-\d.]+)"', svg)) >= 0
    assert max(x + width for x, _, width, _ in squares(svg)) <= 1000


def test_without_a_record_there_is_no_picture() -> None:
    assert (
        timeline.timeline(Timelines(pairs=(), events=(), shows_pairs=True, shows_events=True), "P", date(2024, 4, 1))
        == ""
    )


def test_whatever_a_record_says_is_text_in_every_picture_and_table() -> None:
    story = a_story(3, offence=HOSTILE, status=HOSTILE, incident_id=HOSTILE)
    reason = Reason(
        feature="x", label=HOSTILE, value=HOSTILE, about=HOSTILE, points=1.0, is_known=True, more_is_higher=True,
        behind=(Behind(incident_id=HOSTILE, event=story.events[0], leaves_on=None),),
    )  # fmt: skip
    side = Side(
        records=1, crimes=1, harm=1.0, first_on=None, last_on=None, relationship=HOSTILE, injuries=((HOSTILE, 1),),
        callers=((HOSTILE, 1),), orders=(HOSTILE,),
    )  # fmt: skip
    both = BothSides(victim_id=VICTIM, token=HOSTILE, name=HOSTILE, against=side, by=side, shows_records=True)
    hold = HoldSaid(
        hold=Hold.COUNTER_ALLEGATION, words="w", what_it_means="m", is_first=True, owner_id=None, decisions=(),
        pairs=(both,),
    )  # fmt: skip

    drawn = [
        timeline.timeline(story, HOSTILE, date(2024, 4, 1)),
        records.pairs_table(story, HOSTILE),
        records.events_table(story.events),
        reasons.points(Why(reasons=(reason,), sentences=(), score=1.0)),
        reasons.behind(reason),
        held.hold(hold, HOSTILE, {}),
        links.links_table(a_network(HOSTILE)),
    ]

    assert [each for each in drawn if "<script" in each or "\u202e" in each] == []
    assert all("&lt;script&gt;" in each for each in drawn)
    ET.fromstring(drawn[0])  # noqa: S314 - made here


def test_a_heavy_crime_is_drawn_fuller_than_another_and_every_colour_is_explained() -> None:
    story = a_story(2)
    story = replace(story, events=(story.events[0], replace(story.events[1], harm=1000.0)))

    svg = timeline.timeline(replace(story, pairs=()), "P", date(2024, 4, 1))

    assert svg.count("mat-t-heavy") == 2, "the record, and the key"
    assert "orange, above the line: as suspect" in svg
    assert "blue, below the line: as victim" in svg


def test_what_the_two_are_to_each_other_is_never_cut_off() -> None:
    by = replace(a_direction(()), relationship="other_family")
    pair = Pair(victim_id=VICTIM, token=TOKEN, name="A Name Of Twenty Six Letters", against=a_direction(()), by=by)
    told = Timelines(pairs=(pair,), events=a_story(3).events, shows_pairs=True, shows_events=True)

    for drawn in (timeline.timeline(told, "P", date(2024, 4, 1)), spans.spans(told, "P", date(2024, 4, 1))):
        assert ">former intimate partner / other relative<" in drawn


def test_records_that_name_nobody_and_the_order_of_people_are_said() -> None:
    story = a_story(4, between=())

    said = timeline.notes(replace(story, pairs=story.pairs * 2))

    assert "2 records as suspect with no victim named: on the last line alone." in said
    assert "Whoever was recorded last stands first." in said


def test_a_bar_goes_from_the_first_to_the_last_record_where_single_ones_are_not_shown() -> None:
    side = replace(a_direction(()), records=9)
    pair = Pair(victim_id=VICTIM, token=TOKEN, name=None, against=side, by=None)
    told = Timelines(pairs=(pair,), events=(), shows_pairs=True, shows_events=False)

    svg = spans.spans(told, "P", date(2024, 4, 1))

    ((y, width),) = re.findall(r'mat-t-span" x="[\d.]+" y="([\d.]+)" width="([\d.]+)"', svg)
    assert float(y) < float(re.findall(r'mat-t-line" x1="\d+" y1="([\d.]+)"', svg)[0])
    assert float(width) > 600
    assert "9 records against V1: 1 Jan 2020 to 1 Jan 2024" in svg
    assert "nothing recorded by V1" in svg
    assert spans.spans(replace(told, pairs=()), "P", date(2024, 4, 1)) == ""


def test_a_pair_recorded_one_way_takes_one_row_that_says_so() -> None:
    pair = a_story(6).pairs[0]
    one_way = Timelines(pairs=(replace(pair, by=None),), events=(), shows_pairs=True, shows_events=True)

    assert "P against V1; nothing the other way" in records.pairs_table(one_way, "P")
    assert records.pairs_table(one_way, "P").count("<tr>") == 2
    assert records.pairs_table(replace(one_way, pairs=(pair,)), "P").count("<tr>") == 3


def test_the_middle_of_the_graph_is_called_by_name_and_by_id() -> None:
    network = links.called_by_name(a_network("force:P1"), "Some Body")

    assert [each.label for each in network.people] == ["Some Body (force:P1)", "force:P1"]


def a_network(label: str) -> Network:
    people = (
        Person(key="subject", label=label, kind=Kind.SUBJECT, step=0, case=None),
        Person(key="v-1", label=label, kind=Kind.COUNTERPART, step=1, case=None),
    )
    there = Link(
        suspect="subject", victim="v-1", records=3, crimes=1, harm=2.0, last_on=date(2024, 1, 1), relationship=label
    )
    back = Link(
        suspect="v-1", victim="subject", records=1, crimes=0, harm=0.0, last_on=date(2024, 1, 1), relationship=None
    )
    return Network(people=people, links=(there, back), left_out=0, as_of=date(2024, 4, 1), goes_beyond=True)


def test_the_graph_holds_numbers_for_people_and_a_link_for_each_direction() -> None:
    data = links.graph(a_network("V1"), "force:P1")

    assert [each["data"]["id"] for each in data["elements"]["nodes"]] == ["0", "1"]
    edges = [each["data"] for each in data["elements"]["edges"]]
    assert [(each["source"], each["target"], each["label"]) for each in edges] == [("0", "1", "3"), ("1", "0", "1")]
    assert [each["toSubject"] for each in edges] == [False, True]


def test_points_are_shown_with_the_sum_they_add_up_to() -> None:
    found = [
        Reason(feature=str(points), label=f"reason {points}", value="1", about="", points=points, is_known=True,
               more_is_higher=True, behind=())
        for points in (30.0, -5.0)
    ]  # fmt: skip

    said = reasons.points(Why(reasons=tuple(found), sentences=(), score=25.0))

    assert "+30" in said
    assert "-5" in said
    assert "<strong>25</strong>" in said
    assert "mat-w-minus" in said


def test_the_band_shows_rank_range_and_seats_and_nothing_for_who_has_no_rank() -> None:
    said = reasons.band(3, 1, 25, 20, 9000)

    assert 'aria-label="Rank 3; between 1 and 25 under other choices; 20 seats; 9,000 with a rank"' in said
    assert reasons.band(None, None, None, 20, 9000) == ""


@pytest.mark.parametrize("rank", [*range(1, 45), 86, 200, 349, 5000])
@pytest.mark.parametrize("high", [0, 60, 400])
def test_the_words_below_the_band_keep_clear_of_each_other(rank: int, high: int) -> None:
    drawn = ET.fromstring(reasons.band(rank, rank, max(rank, high), 20, 9000))  # noqa: S314 - made here

    of_rank, of_seats = (each for each in drawn.iter() if each.tag.endswith("text"))
    middle, at = float(of_rank.attrib["x"]), float(of_seats.attrib["x"])
    start = at if of_seats.attrib["text-anchor"] == "start" else at - 55
    assert start >= middle + 80 or start + 55 <= middle - 80
    assert start >= 0
    assert start + 55 <= 600


def test_a_side_without_records_says_so_in_figures_and_who_may_not_see_records_is_told() -> None:
    nothing = Side(
        records=0, crimes=0, harm=0.0, first_on=None, last_on=None, relationship=None, injuries=(), callers=(),
        orders=None,
    )  # fmt: skip
    pair = BothSides(victim_id=VICTIM, token=TOKEN, name=None, against=nothing, by=nothing, shows_records=False)

    said = held.both_sides(pair, "force:P1")

    assert said.count("not shown to you") == 5
    assert "force:P1 against V1" in said
    assert "V1 against force:P1" in said
