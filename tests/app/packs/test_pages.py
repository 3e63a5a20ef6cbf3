"""The pages of a pack and of minutes, opened again: text, tags, feet, two pages a case, and nothing that acts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import rfc8785

from app.packs.case_content import case_values
from app.packs.making import minutes_document
from app.packs.pack_content import Copy, pack_values
from app.packs.typesetting import Value, settable, typeset
from app.tasking.acting_on.actions import NewAction, add_action, give_up_action
from app.tasking.desk import Desk
from app.tasking.meetings import agenda, holding
from app.tasking.meetings.holding import NewLine
from app.tasking.nominating.judgements import judge
from app.tasking.packs.pack import Pack, pack_for
from governance.retention import local_day
from governance.signing import make_keys
from mat.store.panel_vocabulary import ActionOutcome, Concern, Decided, MeetingState, StatementType
from mat.store.tables import cases, lists, panel_actions, panel_meetings, panel_nominating, panel_orders, people
from mat.store.vocabulary import UserRole
from tests.panel_lists import AS_OF, ListMaker
from tests.panel_work import PanelWork
from tests.read_back import opened

pytestmark = pytest.mark.slow
COPY = Copy(number="7f3a91c2", recipient="housing", made_by="Kim", made_at=datetime(2026, 11, 3, 9, tzinfo=UTC))
#: What would act if it were read as anything but letters, in typst, in a spreadsheet or in a browser.
PAYLOAD = '#read("/etc/passwd") #import "@preview/x:1" = $a$ *b* _c_ `d` <e> @f \\u{41} // ] } <script> =1+1'


@pytest.fixture
def work(panel_work: PanelWork, maker: ListMaker) -> PanelWork:
    """Three cases ranked, one of them judged by housing, with somebody recorded against them, on an agenda."""
    subjects = [panel_work.proposed(f"P{number}") for number in (1, 2, 3)]
    run = maker.run()
    maker.ranked(run, subjects)
    victim = panel_work.staff.victim(subjects[0], "X1", forename="Secretname")
    for subject_is, records in (("suspect", 7), ("victim", 2)):
        panel_work.staff.row(
            lists.dyad, subjects[0], run_id=run, victim_id=victim, subject_is=subject_is, relationship="ex_intimate",
            incident_count=records, crime_count=1, harm=1.0, first_on=date(2024, 1, 2), last_on=AS_OF,
            is_reciprocal=True,
        )  # fmt: skip
    for each in subjects:
        judge(panel_work.coordinator, each, Concern.SOME, "known")
    panel_work.meeting(*subjects)
    judge(panel_work.housing, subjects[0], Concern.HIGH, "known")
    panel_work.staff.row(
        panel_nominating.panel_case, subjects[0], state="active", adopted_at=datetime.now(UTC),
        lead_user_id=panel_work.staff.founder_id, told="not_to_be_told", not_told_why="She asked for that.",
        told_review_on=date(2027, 1, 5), told_by=panel_work.staff.founder_id,
    )  # fmt: skip
    panel_work.staff.row(
        cases.narrative_summary, subjects[0], content=PAYLOAD, written_by=panel_work.staff.founder_id,
        written_at=datetime.now(UTC),
    )  # fmt: skip
    return panel_work


def the_pack(work: PanelWork, service: str = "housing") -> Pack:
    (meeting,) = [row["meeting_id"] for row in work.staff.all_of(panel_meetings.meeting)]
    return pack_for(work.coordinator, meeting, work.staff.services[service])


def test_a_pack_opens_as_tagged_pages_two_a_case_with_a_foot_each(work: PanelWork) -> None:
    pack = the_pack(work)
    values = pack_values(pack, COPY)

    made = typeset("pack.typ", values, at=COPY.made_at)

    paper = opened(made.content)
    assert len(paper.pages) == 1 + 2 * 3
    assert (paper.root["/Lang"], paper.root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert paper.reader.metadata is not None
    assert paper.reader.metadata.title == values["title"]
    tags = paper.tags()
    assert {"/H1", "/H2", "/TH", "/TD", "/Figure", "/LI", "/P"} <= set(tags)
    assert tags.count("/H1") == 4, "the title, and each person"
    (said,) = paper.alternatives()
    assert said.startswith("Lines of time from 2 Jan 2024 to 1 Apr 2026, one for each other person.")
    assert said.endswith("V1: against 7 records until 1 Apr 2026, by 2 records until 1 Apr 2026.")
    for number, page in enumerate(paper.pages, start=1):
        assert f"Page {number} of 7" in page
        assert "for housing, copy 7f3a91c2" in page
        assert page.count("OFFICIAL-SENSITIVE") == 2
        assert made.sha256_of_values in page
        assert "Log: no checkpoint was signed yet" in page
    assert hashlib.sha256(rfc8785.dumps(_plain(values))).hexdigest() == made.sha256_of_values
    assert made.content == typeset("pack.typ", values, at=COPY.made_at).content


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return settable(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def test_one_glance_tells_who_why_and_what_is_asked_and_no_rank_before_the_judgement(work: PanelWork) -> None:
    paper = opened(typeset("pack.typ", pack_values(the_pack(work), COPY), at=COPY.made_at).content)

    judged, unjudged = paper.pages[1], paper.pages[3]
    for words in ("1. P1", "NOT TO BE TOLD", "She asked for that.", "Place 1 on the list of 1 Apr 2026", "V1"):
        assert words in judged
    assert "What the list counts, on 1 Apr 2024" not in judged
    assert "What the list counts, on 1 Apr 2026" in judged
    assert "Not in this pack until your service has judged the case: " in unjudged
    assert "Not in this pack until" not in judged
    assert "7 records" in judged
    assert "2 records" in judged
    assert "is not shown before your service has judged" in unjudged
    assert "Say how concerned you are" in unjudged
    assert "Place 2" not in paper.squashed
    assert "Secretname" not in paper.squashed
    assert "Do the minutes add up?" in paper.pages[0]
    assert "39" in paper.pages[0]


@pytest.mark.parametrize(
    ("flag", "value", "in_short", "said"),
    [
        (None, "3", "No flag, but recorded", "Nobody has said whether children are affected. The records say"),
        (False, "3", "No, but recorded", "no children are affected. The records say"),
        (False, "0", "No", "no children are affected."),
        (True, "3", "Yes", "that children are affected."),
    ],
)
def test_a_flag_of_children_is_what_somebody_said_and_a_warning_where_the_list_counts_otherwise(
    work: PanelWork, flag: bool | None, value: str, in_short: str, said: str
) -> None:
    subject = the_pack(work).cases[0].item.subject_id
    with work.staff.tampering() as connection:
        reason = {"feature": "children_present_count_all", "value": value}
        connection.execute(lists.list_reason.update().values(reasons=[reason]))
    if flag is not None:
        flagged = {"children_affected": flag, "set_at": datetime(2026, 3, 3, tzinfo=UTC)}
        work.staff.row(cases.safeguarding_flag, subject, set_by=work.staff.founder_id, **flagged)
    pack = the_pack(work)
    values: Any = pack_values(pack, COPY)

    paper = opened(typeset("pack.typ", values, at=COPY.made_at).content)

    assert values["agenda"][0]["children"] == in_short
    assert in_short in paper.pages[0]
    assert said in paper.pages[1]
    assert values["cases"][0]["children"]["alarms"] == ("recorded" in in_short)
    assert ("children were present in 3 of the records that the list counts" in paper.pages[1]) == (
        "recorded" in in_short
    )
    assert values["agenda"][1]["children"] == "No flag", "not judged: nothing of the list speaks"


def test_words_stand_where_the_store_has_codes(work: PanelWork) -> None:
    subject = the_pack(work).cases[0].item.subject_id
    work.staff.row(cases.subject_identity, subject, forename="Ann", surname="Other", sex="F")
    for kind in ("occupation", "non_molestation", "dvpo"):
        work.staff.row(
            panel_orders.kept_order, subject, kind=kind, state="in_force", issued_at=datetime.now(UTC),
            recorded_by=work.staff.founder_id, recorded_at=datetime.now(UTC),
        )  # fmt: skip

    first, second = opened(typeset("pack.typ", pack_values(the_pack(work), COPY), at=COPY.made_at).content).pages[1:3]

    assert "Sex: female" in first
    for words in ("Occupation order", "Non-molestation order", "DVPO"):
        assert words in second


def test_a_maker_who_is_to_judge_first_puts_no_rank_in_a_pack(work: PanelWork) -> None:
    assert the_pack(work).cases[0].page.placed is not None
    with work.staff.tampering() as connection:
        judged = panel_nominating.blind_judgement
        connection.execute(judged.delete().where(judged.c.service_id == work.staff.services["police"]))

    pack = the_pack(work)

    assert [each.page.placed for each in pack.cases] == [None, None, None]
    assert pack.without_rank == {pack.cases[0].item.subject_id}


def test_what_was_typed_is_set_letter_by_letter_wherever_it_stands(work: PanelWork) -> None:
    values = _filled(pack_values(the_pack(work), COPY), PAYLOAD)

    paper = opened(typeset("pack.typ", values, at=COPY.made_at).content)

    assert "".join(PAYLOAD.split()) in paper.squashed
    assert "root:x:0" not in paper.squashed
    assert "/JavaScript" not in repr(paper.root)
    assert not any("/Annots" in page and page["/Annots"] for page in paper.reader.pages)


def test_two_pages_hold_whatever_is_recorded_and_say_what_is_left_to_the_board(work: PanelWork) -> None:
    pack = the_pack(work)
    first = pack.cases[0]
    values = dict(pack_values(pack, COPY))
    case = _longer(case_values(first, pack.service_id))
    values["cases"] = [case]

    paper = opened(typeset("pack.typ", values, at=COPY.made_at).content)

    assert len(paper.pages) == 3
    assert "And 94 more, on the board." in paper.pages[1]
    assert "NOT TO BE TOLD" in paper.pages[1]


def _longer(case: Mapping[str, Value]) -> Mapping[str, Value]:
    """Everything a hundred times, and long."""
    long = "A long sentence about something that was recorded. " * 60
    rows = {
        "asked": [long] * 100,
        "stands": [long] * 100,
        "said": [{"about": "Profile", "text": long, "by": "somebody"}] * 10,
        "research": [{"service": "Housing", "question": long, "type": "Fact", "answer": long}] * 100,
        "orders": [{"what": "DVPO", "state": "In force", "clocks": long, "conditions": long, "breaches": 3}] * 100,
        "actions": [{"what": long, "service": "Housing", "due": "1 Jan 2027", "state": "Open."}] * 100,
        "decisions": [{"heading": "Support", "text": long, "by": "somebody"}] * 100,
    }
    pairs: Any = case["pairs"]
    return {**case, **rows, "pairs": {**pairs, "rows": list(pairs["rows"]) * 100}}


def _filled(value: Any, words: str, name: str = "") -> Any:
    """The values with these words in place of every text; `told` is a word of ours that the template goes by."""
    if isinstance(value, str):
        return value if name == "told" else words
    if isinstance(value, Mapping):
        return {key: _filled(each, words, key) for key, each in value.items()}
    return [_filled(each, words, name) for each in value] if isinstance(value, list | tuple) else value


def test_letters_that_no_font_has_are_seen_to_be_missing() -> None:
    assert settable("Łukasz Żółć") == "Łukasz Żółć"
    assert settable("\u202eevil \u0000漢\tx\ny") == "\ufffdevil \ufffd\ufffd\ufffdx\ny"


def test_a_pack_of_a_meeting_that_is_over_says_so_and_why_a_number_is_missing(work: PanelWork) -> None:
    pack = the_pack(work)
    closed = replace(pack.meeting, state=MeetingState.CLOSED, closed_at=datetime(2026, 11, 3, 12, tzinfo=UTC))

    before, after = pack_values(pack, COPY), pack_values(replace(pack, meeting=closed, cases=pack.cases[1:]), COPY)

    assert (before["over"], before["gaps"]) == ("", "")
    assert "It was closed on 3 Nov 2026, 12:00." in str(after["over"])
    assert "was put off, or is not in this pack" in str(after["gaps"])
    assert "The meeting is over" in opened(typeset("pack.typ", after, at=COPY.made_at).content).pages[0]


def test_minutes_say_what_was_decided_and_whether_the_log_was_signed_since(panel_work: PanelWork) -> None:
    work = panel_work
    subject, other = work.proposed("P1"), work.proposed("P2")
    meeting = work.opened(subject, other)
    items = {each.subject_id: each.item_id for each in agenda.read_agenda(work.chair, meeting).items}
    _minute(work, items[subject], PAYLOAD)
    _minute(work, items[other], "Nothing new.")
    early = opened(minutes_document(work.coordinator, meeting, work.staff.services["housing"]).content)
    work.judged_again(meeting)
    holding.close_meeting(work.coordinator, meeting)
    unsigned = opened(minutes_document(work.coordinator, meeting, work.staff.services["housing"]).content)
    make_keys(work.staff.store.settings.key_dir, name=work.origin(), data_dir=work.staff.store.settings.data_dir)
    assert holding.sign_log(work.staff.desk(UserRole.COORDINATOR)) is None

    signed = opened(minutes_document(work.coordinator, meeting, work.staff.services["housing"]).content)

    assert "Not yet minutes: " in early.pages[0]
    assert "This meeting has not been closed" in early.pages[0]
    assert "since this meeting closed" not in early.pages[0]
    assert "The log has not been signed since this meeting closed" in unsigned.pages[0]
    assert "The log was signed after this meeting closed" in signed.pages[0]
    assert all("(signed after the meeting closed)" in page for page in signed.pages)
    assert "".join(PAYLOAD.split()) in signed.squashed
    for words in ("Who came", "panel_member person", "Facts", "Support. It is agreed.", "Flag the address."):
        assert "".join(words.split()) in signed.squashed
    assert {"/H1", "/H2", "/H3", "/TH"} <= set(signed.tags())


def _minute(work: PanelWork, item: UUID, content: str) -> None:
    holding.discuss(work.coordinator, item)
    housing = work.staff.services["housing"]
    holding.minute(work.analyst, item, NewLine(statement_type=StatementType.FACT, content=content, source_id=housing))
    holding.decide(work.chair, item, Decided.SUPPORT, "It is agreed.")
    (subject,) = [row["subject_id"] for row in work.staff.all_of(panel_meetings.agenda_item) if row["item_id"] == item]
    new = NewAction(
        subject_id=subject, code="systems_flag", what="Flag the address.", success_test="It is flagged.",
        service_id=housing, due_on=local_day(datetime.now(UTC)) + timedelta(days=30), was_volunteered=True,
        item_id=item,
    )  # fmt: skip
    add_action(work.coordinator, new)
    holding.lock(work.chair, item)


def test_minutes_call_people_by_name_and_say_who_is_not_to_be_told_and_how_an_action_ended(
    panel_work: PanelWork,
) -> None:
    work = panel_work
    subject, other = work.proposed("P1"), work.proposed("P2")
    work.staff.row(cases.subject_identity, subject, forename="Ann", surname="Other")
    work.staff.row(
        panel_nominating.panel_case, subject, state="active", adopted_at=datetime.now(UTC), told="not_to_be_told",
        lead_user_id=work.staff.founder_id, not_told_why="She asked for that.", told_review_on=date(2027, 1, 5),
        told_by=work.staff.founder_id,
    )  # fmt: skip
    meeting = work.opened(subject, other)
    for each in agenda.read_agenda(work.chair, meeting).items:
        _minute(work, each.item_id, "Nothing new.")
    first = next(row["action_id"] for row in work.staff.all_of(panel_actions.action) if row["subject_id"] == subject)
    give_up_action(work.coordinator, first, ActionOutcome.NOT_POSSIBLE, "The flat was let.")

    paper = opened(minutes_document(work.coordinator, meeting, work.staff.services["housing"]).content).squashed

    assert "1.AnnOther(P1)" in paper
    assert "2.P2" in paper
    assert "force:" not in paper
    assert paper.count("NOTTOBETOLD") == 1
    assert paper.index("AnnOther") < paper.index("NOTTOBETOLD") < paper.index("2.P2")
    assert "Notpossible" in paper


def test_minutes_name_nobody_to_a_service_that_may_not_know_who_it_is(panel_work: PanelWork) -> None:
    work = panel_work
    subject = work.proposed("P1")
    work.staff.row(cases.subject_identity, subject, forename="Ann", surname="Other")
    meeting = work.opened(subject)
    _minute(work, agenda.read_agenda(work.chair, meeting).items[0].item_id, "Nothing new.")
    identity = work.coordinator.policy.groups["subject_identity"]
    readers = {role: bases for role, bases in identity.read.items() if role is not UserRole.PANEL_MEMBER}
    groups = {**work.coordinator.policy.groups, "subject_identity": replace(identity, read=readers)}
    desk = Desk(work.staff.store, work.coordinator.scope, replace(work.coordinator.policy, groups=groups))

    paper = opened(minutes_document(desk, meeting, work.staff.services["housing"]).content).squashed

    assert f"1.Case{subject}" in paper
    assert ("P1" in paper, "AnnOther" in paper) == (False, False)


@pytest.mark.parametrize(
    ("against", "by", "said"),
    [
        ("ex_intimate", "intimate", "Former partner"),
        ("parent", None, "Parent"),
        (None, "parent", "Child"),
        (None, "intimate", "Partner"),
        (None, None, "-"),
    ],
)
def test_what_the_person_is_to_the_other_is_said_from_their_side(
    work: PanelWork, against: str | None, by: str | None, said: str
) -> None:
    with work.staff.tampering() as connection:
        for subject_is, found in (("suspect", against), ("victim", by)):
            of_these = lists.dyad.update().where(lists.dyad.c.subject_is == subject_is)
            connection.execute(of_these.values(relationship=found))

    values: Any = pack_values(the_pack(work), COPY)

    assert values["cases"][0]["pairs"]["rows"][0]["relationship"] == said


def test_minutes_leave_out_what_a_service_may_not_read(panel_work: PanelWork) -> None:
    work = panel_work
    clients, contested = work.proposed("P1"), work.proposed("P2")
    work.staff.client(work.staff.victim(clients), clients)
    meeting = work.opened(clients, contested)
    work.staff.row(
        panel_meetings.seat, meeting_id=meeting, panel_id=work.staff.panels["A"],
        service_id=work.staff.services["support"],
    )  # fmt: skip
    for item in agenda.read_agenda(work.chair, meeting).items:
        _minute(work, item.item_id, f"Said of {item.case}.")
    colleague = work.staff.user(UserRole.PANEL_MEMBER, panel="A")
    work.staff.row(
        people.conflict, contested, user_id=colleague, reason="r", declared_by=colleague, declared_at=datetime.now(UTC)
    )

    housing, support, police = (
        opened(minutes_document(work.coordinator, meeting, work.staff.services[service]).content).squashed
        for service in ("housing", "support", "police")
    )

    assert ("Saidofforce:P1" in housing, "P2" in housing) == (True, False)
    assert ("Saidof" in support, "Itisagreed." in support, "Flagtheaddress." in support) == (False, True, True)
    assert "P2" not in support
    assert "Saidofforce:P2" in police
