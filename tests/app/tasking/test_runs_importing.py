"""What an import puts into the store, whom it leaves out, and what it never does by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import pytest
from sqlalchemy import Engine, event, text

from app.ranked_list import FLAGS
from app.tasking.desk import Desk
from app.tasking.removed_people import removal_digest, removal_key
from app.tasking.runs.identities import read_identities
from app.tasking.runs.importing import Imported, import_run
from app.tasking.runs.listing import current_list, list_runs
from app.tasking.runs.reading import read_run
from mat.errors import AccessRefused, BadInput
from mat.store.tables import audit, cases, lists, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.app import small_records
from tests.staff import NAMESPACE, Staff

TODAY = date(2024, 6, 1)
Rows = Sequence[Sequence[object]]
MakeRun = Callable[..., Path]
WriteStory = Callable[..., Path]

NOMINATIONS: Rows = [
    ("nomination_id", "person_id", "agency", "nominated_at", "reason"),
    ("N1", "V2", "housing", "2024-03-01", "=HYPERLINK(1) <b>*loud*</b>"),
    ("N2", "LEAD", "health", "2024-03-02", "third visit"),
]


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def bring_in(desk: Desk, run: Path, **options: Any) -> Imported:
    return import_run(desk, read_run(run, TODAY), **options)


def case_of(staff: Staff) -> dict[str, UUID]:
    rows = staff.all_of(cases.subject_alias)
    return {row["person_id"]: row["subject_id"] for row in rows if row["valid_to"] is None}


def rows_of(staff: Staff, table: Any, person_id: str) -> list[Mapping[str, Any]]:
    subject = case_of(staff)[person_id]
    return [row for row in staff.all_of(table) if row["subject_id"] == subject]


def tokens(staff: Staff, person_id: str) -> dict[str, str]:
    """The tokens of a case's counterparts by their ids."""
    names = {row["victim_id"]: row["person_id"] for row in rows_of(staff, cases.victim_identity, person_id)}
    return {names[row["victim_id"]]: row["token"] for row in rows_of(staff, cases.victim, person_id)}


def events(staff: Staff, *named: str) -> list[dict[str, Any]]:
    rows = sorted(staff.all_of(audit.audit_event), key=lambda row: row["seq"])
    bodies = [json.loads(row["body"]) for row in rows]
    return [body for body in bodies if body["event"] in named]


def test_everybody_of_the_list_has_their_place_reasons_and_score(staff: Staff, analyst: Desk, story_run: Path) -> None:
    imported = bring_in(analyst, story_run)

    ranked = pl.read_parquet(story_run / "ranked.parquet")
    who = {subject: person for person, subject in case_of(staff).items()}
    place = {who[row["subject_id"]]: row for row in staff.all_of(lists.list_place)}
    reason = {who[row["subject_id"]]: row for row in staff.all_of(lists.list_reason)}
    score = {who[row["subject_id"]]: row["score"] for row in staff.all_of(lists.list_score)}
    assert imported.people == ranked.height == len(place) == len(reason) == len(score)
    for row in ranked.to_dicts():
        person = row["person_id"]
        for name in ("rank", "is_listed", "held_rank", "tied", "rank_low", "rank_high", "hold", "holds", "standing"):
            assert place[person][name] == row[name], (person, name)
        assert place[person]["data_gaps"] == row["data_gaps"]
        assert place[person]["flags"] == [flag for flag in FLAGS if row[flag]]
        assert reason[person]["reasons"] == row["reasons"]
        assert reason[person]["reason_1"] == row["reason_1"]
        assert score[person] == row["score"]


def test_evidence_and_area_figures_come_along(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)

    who = {subject: person for person, subject in case_of(staff).items()}
    stored = {(who[row["subject_id"]], row["feature"], row["incident_id"]) for row in staff.all_of(lists.list_evidence)}
    assert stored == set(pl.read_parquet(story_run / "evidence.parquet").iter_rows())
    figures = [row["figure"] for row in staff.all_of(lists.area_figure)]
    written = pl.read_parquet(story_run / "area.parquet").to_dicts()
    assert sorted(json.dumps(each, sort_keys=True) for each in figures) == sorted(
        json.dumps(each, sort_keys=True) for each in written
    )


def test_a_history_is_told_under_tokens(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)

    assert tokens(staff, "LEAD") == {"V1": "V1", "V2": "V2"}
    victim = {row["token"]: row["victim_id"] for row in rows_of(staff, cases.victim, "LEAD")}
    history = {row["incident_id"]: row for row in rows_of(staff, lists.history_event, "LEAD")}
    assert {name: row["counterparts"] for name, row in history.items()} == {
        "I1": [victim["V1"]],
        "I2": [victim["V2"]],
        "I11": [],
    }
    first = history["I1"]
    assert (first["role"], first["offence_code"], first["ward"]) == ("suspect", "strangulation", "Bentilee")
    assert (first["is_crime"], first["is_domestic"], first["is_cancelled"]) == (True, True, False)
    assert first["recorded_at"] == datetime(2024, 1, 11)
    assert first["weight"] > 0
    assert first["offence_label"] is None
    dyads = {row["victim_id"]: row for row in rows_of(staff, lists.dyad, "LEAD")}
    assert (dyads[victim["V1"]]["relationship"], dyads[victim["V2"]]["relationship"]) == ("intimate", None)
    assert {row["subject_is"] for row in dyads.values()} == {"suspect"}
    (order,) = rows_of(staff, lists.case_order, "LEAD")
    assert (order["order_id"], order["victim_id"]) == ("O3", victim["V1"])
    assert order["breaches"] == [datetime(2024, 2, 2)]
    (standing,) = rows_of(staff, lists.case_standing, "LEAD")
    assert (standing["kind"], standing["to_at"]) == ("prison", None)


def test_both_directions_stand_side_by_side(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)

    for person in ("AGAINST", "COUNTER"):
        rows = rows_of(staff, lists.dyad, person)
        assert sorted(row["subject_is"] for row in rows) == ["suspect", "victim"]
        assert len({row["victim_id"] for row in rows}) == 1
        assert all(row["is_reciprocal"] for row in rows)
        roles = {row["incident_id"]: row["role"] for row in rows_of(staff, lists.history_event, person)}
        assert sorted(roles.values()) == ["suspect", "victim"]


def test_who_is_neither_listed_held_nor_nominated_has_a_place_and_no_history(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    run = make_run(write_story(), "--top", "1")

    imported = bring_in(analyst, run)

    listed = pl.read_parquet(run / "ranked.parquet").filter("is_listed")["person_id"].to_list()
    assert imported.listed == len(listed) == 1
    for person in {"=1+1", "http://example.org"} - set(listed):
        assert len(rows_of(staff, lists.list_place, person)) == 1
        assert rows_of(staff, lists.history_event, person) == []
        assert rows_of(staff, cases.victim, person) == []
        assert rows_of(staff, cases.subject_identity, person) == []


def test_whom_a_partner_nominated_is_a_case_without_a_place(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    imported = bring_in(analyst, make_run(write_story(nominations=NOMINATIONS)))

    assert imported.nominated == 2
    assert rows_of(staff, lists.list_place, "V2") == []
    (nomination,) = rows_of(staff, lists.partner_nomination, "V2")
    assert nomination["reason"] == "=HYPERLINK(1) <b>*loud*</b>"
    assert {row["role"] for row in rows_of(staff, lists.history_event, "V2")} == {"victim"}
    assert set(tokens(staff, "V2")) == {"LEAD", "http://example.org", "DEAD"}


def test_what_the_run_does_not_say_is_left_empty(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)

    (identity,) = rows_of(staff, cases.subject_identity, "LEAD")
    assert (identity["forename"], identity["surname"]) == (None, None)
    assert (identity["birth_date"], identity["birth_date_precision"], identity["sex"]) == (
        date(1990, 1, 1),
        "day",
        "M",
    )
    (address,) = rows_of(staff, cases.subject_address, "LEAD")
    assert (address["postcode"], address["home_ward"]) == (None, "Bentilee")


def test_nobody_under_restriction_in_the_extract_reaches_the_store(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    bring_in(analyst, story_run)

    assert "GONE" not in case_of(staff)
    for table in (cases.subject_alias, cases.victim_identity, lists.history_event, lists.case_order):
        assert "GONE" not in str(staff.all_of(table))


# Sensitive people.

SECRET_AS_VICTIM: Rows = [
    ("incident_id", "person_id", "role"),
    ("I1", "LEAD", "suspect"),
    ("I1", "V1", "victim"),
    ("I2", "LEAD", "suspect"),
    ("I2", "SECRET", "victim"),
    ("I8", "SECRET", "suspect"),
    ("I8", "V1", "victim"),
]


def test_a_sensitive_case_is_there_and_only_the_named_reviewer_sees_it(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    bring_in(analyst, story_run)

    secret = case_of(staff)["SECRET"]
    assert [row["is_sensitive"] for row in staff.all_of(cases.subject) if row["subject_id"] == secret] == [True]
    assert rows_of(staff, lists.history_event, "SECRET")
    for desk, can_see in ((analyst, False), (staff.desk(UserRole.NAMED_REVIEWER), True)):
        with staff.store.transaction(desk.scope) as connection:
            seen = connection.scalars(cases.subject.select().with_only_columns(cases.subject.c.subject_id)).all()
        assert (secret in seen) is can_see


def test_nobody_sensitive_is_named_as_a_counterpart(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    run = make_run(write_story(involvements=SECRET_AS_VICTIM, pairs=None))

    imported = bring_in(analyst, run)

    assert imported.unnamed == 1
    assert tokens(staff, "LEAD") == {"V1": "V1"}
    assert {row["incident_id"]: row["counterparts"] for row in rows_of(staff, lists.history_event, "LEAD")}["I2"] == []
    assert "SECRET" not in str(staff.all_of(cases.victim_identity))


def test_who_is_sensitive_in_the_store_alone_is_not_named_either(staff: Staff, analyst: Desk, story_run: Path) -> None:
    staff.subject("V1", is_sensitive=True)

    bring_in(analyst, story_run)

    assert "V1" not in tokens(staff, "LEAD")


def test_a_run_after_a_case_became_sensitive_still_loads_all_of_it(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory, story_run: Path
) -> None:
    bring_in(analyst, story_run)
    later = make_run(write_story(), as_of="2024-04-02")

    bring_in(analyst, later)

    assert len(rows_of(staff, lists.list_place, "SECRET")) == 2
    assert len(rows_of(staff, cases.victim, "SECRET")) == 1


# Names.

IDENTITIES: Rows = [
    ("record_id", "agency", "person_id", "forename", "surname", "birth_date", "postcode"),
    ("R1", "police", "LEAD", "Zebedee", "Quux", "", ""),
    ("R2", "housing", "LEAD", "Zeb", "Quux", "1990-01-01", "ST1 1AA"),
    ("R3", "health", "LEAD", "Zeb", "Quuxx", "1990-01-02", "ST9 9ZZ"),
    ("R4", "police", "V1", "Vera", "Victim", "1991-01-01", "ST2 2BB"),
    ("R5", "police", "V2", "<script>", "O'Neil; DROP TABLE", "", ""),
]


@pytest.fixture
def named_story(write_story: WriteStory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:
    from app.cli import execute

    extract = write_story(identities=IDENTITIES)
    snapshot = tmp_path / "with-names"
    assert execute(["ingest", str(extract), "--out", str(snapshot), "--max-quarantine", "1"]) == 0, capsys.readouterr()
    return extract, snapshot


def test_names_come_whole_from_the_fullest_record_with_the_smallest_id(
    staff: Staff, analyst: Desk, make_run: MakeRun, named_story: tuple[Path, Path]
) -> None:
    extract, snapshot = named_story

    imported = bring_in(analyst, make_run(extract), identities=read_identities(snapshot))

    assert not imported.identities_of_another_extract
    (identity,) = rows_of(staff, cases.subject_identity, "LEAD")
    (address,) = rows_of(staff, cases.subject_address, "LEAD")
    assert (identity["forename"], identity["surname"], address["postcode"]) == ("Zeb", "Quux", "ST1 1AA")
    names = {
        row["person_id"]: (row["forename"], row["surname"]) for row in rows_of(staff, cases.victim_identity, "LEAD")
    }
    assert names == {"V1": ("Vera", "Victim"), "V2": ("<script>", "O'Neil; DROP TABLE")}
    assert "ST2 2BB" not in str(staff.all_of(cases.victim_identity)), "no address of a victim is held"
    (combined,) = events(staff, "identities_combined")
    assert combined["operation"] == "combination"
    assert "Zeb" not in json.dumps(combined)


def test_names_fill_what_is_empty_and_never_overwrite(
    staff: Staff, analyst: Desk, make_run: MakeRun, named_story: tuple[Path, Path]
) -> None:
    extract, snapshot = named_story
    bring_in(analyst, make_run(extract))
    with staff.superuser.begin() as connection:
        subject = case_of(staff)["LEAD"]
        connection.execute(
            text("UPDATE subject_identity SET surname = 'Put-Right' WHERE subject_id = :who"), {"who": subject}
        )

    bring_in(analyst, make_run(extract, as_of="2024-04-02"), identities=read_identities(snapshot))

    (identity,) = rows_of(staff, cases.subject_identity, "LEAD")
    assert (identity["forename"], identity["surname"]) == (None, "Put-Right")
    (address,) = rows_of(staff, cases.subject_address, "LEAD")
    assert address["postcode"] == "ST1 1AA"
    assert {row["surname"] for row in rows_of(staff, cases.victim_identity, "LEAD")} == {"Victim", "O'Neil; DROP TABLE"}


def test_identities_of_another_extract_are_told(
    staff: Staff, analyst: Desk, story_run: Path, named_story: tuple[Path, Path]
) -> None:
    assert bring_in(analyst, story_run, identities=read_identities(named_story[1])).identities_of_another_extract


@pytest.mark.parametrize("what", ["run", "nothing", "run's own snapshot"])
def test_identities_from_what_is_no_snapshot_with_names_are_refused(story_run: Path, tmp_path: Path, what: str) -> None:
    place = {"run": story_run, "nothing": tmp_path / "none", "run's own snapshot": story_run / "snapshot"}[what]

    with pytest.raises(BadInput, match=r"cannot give identities|does not exist|not as mat writes it"):
        read_identities(place)


# Which list is the panel's, and what the log says.


def test_the_newest_run_is_the_list_and_an_older_one_says_so(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory, story_run: Path
) -> None:
    newer = bring_in(analyst, story_run)
    older = bring_in(analyst, make_run(write_story(), as_of="2024-03-20"))

    assert (newer.newer, older.newer) == (None, date(2024, 4, 1))
    with staff.store.transaction(analyst.scope) as connection:
        current = current_list(connection, staff.panels["A"])
        assert current_list(connection, staff.panels["B"]) is None
    assert current is not None
    assert current.run_id == newer.run_id
    runs = list_runs(analyst)
    assert [(run.as_of, run.is_current) for run in runs] == [(date(2024, 4, 1), True), (date(2024, 3, 20), False)]
    assert runs[0].imported_by == "analyst person"
    assert (runs[0].panel, runs[0].seats, runs[0].is_synthetic, runs[0].is_expired) == ("A", 20, False, False)


def test_an_expired_run_is_nobodys_list(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)
    with staff.tampering() as connection:
        connection.execute(text("UPDATE list_run SET expires_at = now() - interval '1 day'"))

    (run,) = list_runs(analyst)

    assert (run.is_expired, run.is_current) == (True, False)
    with staff.store.transaction(analyst.scope) as connection:
        assert current_list(connection, staff.panels["A"]) is None


def test_the_same_run_is_not_imported_twice(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)

    with pytest.raises(BadInput, match="imported for 'A' before"):
        bring_in(analyst, story_run)

    assert staff.count(lists.list_run) == 1


def test_an_import_is_logged_as_collection_and_names_nobody(staff: Staff, analyst: Desk, story_run: Path) -> None:
    imported = bring_in(analyst, story_run)

    (logged,) = events(staff, "run_imported")
    assert logged["operation"] == "collection"
    assert len(logged["people"]) == staff.count(cases.subject)
    assert logged["details"]["run"] == str(imported.run_id)
    assert logged["details"]["as_of"] == "2024-04-01"
    assert logged["details"]["is_current"] is True
    assert {"raw_score", "narrative", "victim_identity"} <= set(logged["fields"])
    for word in ("LEAD", "SECRET", "strangulation"):
        assert word not in json.dumps(events(staff, "run_imported", "file_registered"))


def test_the_directory_is_registered_with_everybody_in_it(staff: Staff, analyst: Desk, story_run: Path) -> None:
    imported = bring_in(analyst, story_run)

    (entry,) = staff.all_of(privacy.file_register)
    assert (entry["file_id"], entry["kind"], entry["path"]) == (imported.run_id, "run", str(story_run))
    assert entry["expires_at"] == imported.expires_at > datetime.now(UTC) + timedelta(days=7)
    assert staff.count(privacy.file_person) == staff.count(cases.subject)


def test_tokens_stay_with_their_people_in_later_runs(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory, story_run: Path
) -> None:
    bring_in(analyst, story_run)
    before = {row["victim_id"]: row["token"] for row in rows_of(staff, cases.victim, "LEAD")}
    more: Rows = [
        ("incident_id", "person_id", "role"),
        ("I1", "LEAD", "suspect"),
        ("I1", "V2", "victim"),
        ("I2", "LEAD", "suspect"),
        ("I2", "CHILD", "victim"),
        ("I3", "LEAD", "suspect"),
        ("I3", "V1", "victim"),
    ]

    bring_in(analyst, make_run(write_story(involvements=more, pairs=None), as_of="2024-04-05"))

    assert tokens(staff, "LEAD") == {"V1": "V1", "V2": "V2", "CHILD": "V3"}
    after = {row["victim_id"]: row["token"] for row in rows_of(staff, cases.victim, "LEAD")}
    assert before.items() <= after.items()


def test_an_empty_population_is_an_empty_list(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    nobody: Rows = [("incident_id", "person_id", "role"), ("I1", "V1", "victim")]
    run = make_run(write_story(involvements=nobody, pairs=None, orders=None, order_breaches=None))

    imported = bring_in(analyst, run)

    assert (imported.people, imported.listed, imported.held) == (0, 0, 0)
    assert imported.newer is None
    assert len(events(staff, "run_imported")) == 1


def test_hundreds_of_people_need_no_more_statements_than_a_few(
    staff: Staff, analyst: Desk, story_run: Path, make_run: MakeRun, tmp_path: Path
) -> None:
    hundreds = make_run(small_records.write_records(tmp_path / "records"), as_of=small_records.AS_OF)
    counted: list[int] = []

    for run in (story_run, hundreds):
        statements: list[str] = []

        def note(*given: Any, into: list[str] = statements) -> None:
            into.append(given[2])

        event.listen(Engine, "before_cursor_execute", note)
        bring_in(analyst, run)
        event.remove(Engine, "before_cursor_execute", note)
        counted.append(len(statements))

    assert staff.count(lists.list_place) > small_records.PEOPLE * 0.9
    assert counted[1] <= counted[0] < 60


# Whom the store does not take back.


def restrict(staff: Staff, subject: UUID) -> None:
    staff.row(privacy.restriction, subject, from_at=datetime.now(UTC), reason="contested", made_by=staff.founder_id)


def test_who_is_restricted_in_the_store_is_left_out_and_named_nowhere(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    restrict(staff, staff.subject("LEAD"))
    restrict(staff, staff.subject("V1"))

    imported = bring_in(analyst, story_run)

    assert imported.left_out["restricted"] == 1
    assert imported.unnamed == 1
    assert rows_of(staff, lists.list_place, "LEAD") == []
    assert rows_of(staff, lists.history_event, "LEAD") == []
    assert "V1" not in {row["person_id"] for row in staff.all_of(cases.victim_identity)}


def remove(staff: Staff, person_id: str, at: datetime) -> None:
    with staff.store.transaction(None) as connection:
        digest = removal_digest(removal_key(connection, staff.store.settings), NAMESPACE, person_id)
    staff.row(
        privacy.removal,
        subject_id=uuid4(),
        panel_id=staff.panels["A"],
        digests=[digest],
        proposed_by=staff.founder_id,
        removed_by=staff.user(UserRole.DPO),
        removed_at=at,
        certificate={},
        certificate_hash=b"",
    )


@pytest.mark.parametrize(
    ("at", "left_out"),
    [
        (datetime(2024, 5, 1, 12, tzinfo=UTC), 1),
        (datetime(2024, 4, 1, 12, tzinfo=UTC), 1),
        (datetime(2024, 3, 31, 12, tzinfo=UTC), 0),
    ],
)
def test_a_run_of_before_a_removal_brings_nobody_back(
    staff: Staff, analyst: Desk, story_run: Path, at: datetime, left_out: int
) -> None:
    remove(staff, "LEAD", at)

    imported = bring_in(analyst, story_run)

    assert imported.left_out["removed"] == left_out
    assert ("LEAD" in case_of(staff)) is not bool(left_out)


def test_a_case_of_another_panel_is_left_out(staff: Staff, analyst: Desk, story_run: Path) -> None:
    staff.subject("LEAD", panel="B")

    imported = bring_in(analyst, story_run)

    assert imported.left_out["other_panel"] == 1
    assert rows_of(staff, lists.list_place, "LEAD") == []


# Ids that were merged or split.


def merged(old: str, new: str) -> Rows:
    return [("old_id", "new_id", "merged_at", "undone_at"), (old, new, "2024-03-25", "")]


def test_a_case_keeps_going_under_an_id_that_its_own_was_merged_into(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    subject = staff.subject("LEAD-OLD")
    run = make_run(write_story(person_merges=merged("LEAD-OLD", "LEAD")))

    first = bring_in(analyst, run)
    second = bring_in(analyst, make_run(write_story(person_merges=merged("LEAD-OLD", "LEAD")), as_of="2024-04-02"))

    assert (first.changed, second.changed) == (1, 0)
    assert case_of(staff)["LEAD"] == case_of(staff)["LEAD-OLD"] == subject
    (alias,) = [row for row in staff.all_of(cases.subject_alias) if row["person_id"] == "LEAD"]
    (notice,) = staff.all_of(people.notice)
    assert (notice["kind"], notice["to_role"], notice["about_id"]) == ("identity_changed", "coordinator", subject)
    assert alias["judgement_id"] == notice["notice_id"]
    assert len(events(staff, "identity_changed")) == 1


def test_a_merge_of_two_cases_moves_neither(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    old, new = staff.subject("LEAD-OLD"), staff.subject("LEAD")
    story = write_story(person_merges=merged("LEAD-OLD", "LEAD"))

    bring_in(analyst, make_run(story))
    bring_in(analyst, make_run(story, as_of="2024-04-02"))

    assert (case_of(staff)["LEAD-OLD"], case_of(staff)["LEAD"]) == (old, new)
    assert len(rows_of(staff, lists.list_place, "LEAD")) == 2
    assert rows_of(staff, lists.list_place, "LEAD-OLD") == []
    assert [row["about_id"] for row in staff.all_of(people.notice)] == [old], "told once, not with every run"


def test_an_id_is_no_way_round_a_restriction_or_removal(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    restricted = staff.subject("LEAD-OLD")
    restrict(staff, restricted)
    remove(staff, "AGAINST-OLD", datetime(2024, 5, 1, tzinfo=UTC))
    both: Rows = [*merged("LEAD-OLD", "LEAD"), ("AGAINST-OLD", "AGAINST", "2024-03-25", "")]

    imported = bring_in(analyst, make_run(write_story(person_merges=both)))

    assert (imported.left_out["restricted"], imported.left_out["removed"]) == (1, 1)
    assert not {"LEAD", "AGAINST"} & set(case_of(staff))
    (notice,) = staff.all_of(people.notice)
    assert (notice["about_id"], notice["to_role"]) == (restricted, "dpo")


def test_a_split_leaves_the_case_with_the_id_it_had_first(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    subject = staff.subject("LEAD")
    staff.row(
        cases.subject_alias,
        subject,
        namespace=NAMESPACE,
        person_id="=1+1",
        valid_from=datetime.now(UTC) + timedelta(seconds=1),
    )

    imported = bring_in(analyst, make_run(write_story()))

    assert imported.changed == 1
    assert case_of(staff)["LEAD"] == subject != case_of(staff)["=1+1"]
    assert len(rows_of(staff, lists.list_place, "LEAD")) == len(rows_of(staff, lists.list_place, "=1+1")) == 1


# Who may.


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.COORDINATOR])
def test_analysts_and_coordinators_import_for_their_panel(staff: Staff, story_run: Path, role: UserRole) -> None:
    imported = bring_in(staff.desk(role, panel="B"), story_run)

    assert imported.panel == "B"


def test_nobody_else_imports(staff: Staff, story_run: Path) -> None:
    for role in set(UserRole) - {UserRole.ANALYST, UserRole.COORDINATOR}:
        with pytest.raises(AccessRefused, match="You may not import run"):
            bring_in(staff.desk(role), story_run)
        assert events(staff, "command_refused")[-1]["details"] == {"command": "import_run"}

    assert staff.count(lists.list_run) == 0


def test_a_panel_is_named_by_who_works_for_several(staff: Staff, story_run: Path) -> None:
    desk = staff.desk(UserRole.ANALYST)

    with pytest.raises(BadInput, match="say for which with --panel"):
        bring_in(desk, story_run)
    assert bring_in(desk, story_run, panel_name="B").panel == "B"
    with pytest.raises(AccessRefused, match="yours are 'A', 'B'"):
        bring_in(desk, story_run, panel_name="C")


def test_another_panel_is_refused(staff: Staff, analyst: Desk, story_run: Path) -> None:
    with pytest.raises(AccessRefused, match="yours are 'A'"):
        bring_in(analyst, story_run, panel_name="B")


def test_a_conflict_of_interest_leaves_the_import_to_a_colleague(staff: Staff, analyst: Desk, story_run: Path) -> None:
    subject = staff.subject("LEAD")
    staff.row(
        people.conflict,
        subject,
        user_id=analyst.scope.user_id,
        reason="a cousin",
        declared_by=analyst.scope.user_id,
        declared_at=datetime.now(UTC),
    )

    with pytest.raises(AccessRefused, match="conflict of interest"):
        bring_in(analyst, story_run)

    assert staff.count(lists.list_run) == 0
    assert bring_in(staff.desk(UserRole.ANALYST, panel="A"), story_run).people > 0


def test_records_of_real_people_never_enter_a_demonstration(staff: Staff, analyst: Desk, story_run: Path) -> None:
    with staff.tampering() as connection:
        connection.execute(text("UPDATE store SET is_demonstration = true"))

    with pytest.raises(BadInput, match="only a run of synthetic records"):
        bring_in(analyst, story_run)


def test_no_log_entry_no_import(staff: Staff, analyst: Desk, story_run: Path) -> None:
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))

    with pytest.raises(Exception, match="permission denied"):
        bring_in(analyst, story_run)

    for table in (lists.list_run, lists.list_place, cases.subject, cases.victim, privacy.file_register):
        assert staff.count(table) == 0


def test_a_share_of_a_case_shows_what_its_basis_allows_of_an_import(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    bring_in(analyst, story_run)
    staff.share(case_of(staff)["LEAD"], "housing", Basis.AGENDA)

    with staff.store.transaction(staff.scope(UserRole.PANEL_MEMBER)) as connection:
        seen = {
            table.name: len(connection.execute(table.select()).all())
            for table in (lists.list_place, lists.list_reason, lists.list_score, lists.history_event, lists.dyad)
        }

    assert seen == {"list_place": 1, "list_reason": 1, "list_score": 0, "history_event": 0, "dyad": 2}
