"""What an import puts into the store, whom it leaves out, and what it never does by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from app.ranked_list import FLAGS
from app.tasking.desk import Desk
from app.tasking.runs.identities import read_identities
from app.tasking.runs.listing import current_list, list_runs
from mat.errors import BadInput
from mat.store.tables import cases, lists, privacy
from mat.store.vocabulary import UserRole
from tests.app import small_records
from tests.app.imported_runs import bring_in, case_of, events, rows_of, tokens
from tests.staff import Staff
from tests.statements import queries_of

#: Each makes, reads or imports a whole run, or plays a day.
pytestmark = pytest.mark.slow

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


def test_everybody_of_the_list_has_their_place_reasons_and_score(staff: Staff, analyst: Desk, story_run: Path) -> None:
    imported = bring_in(analyst, story_run)

    ranked = pl.read_parquet(story_run / "ranked.parquet")
    who = {subject: person for person, subject in case_of(staff).items()}
    place = {who[row["subject_id"]]: row for row in staff.all_of(lists.list_place)}
    reason = {who[row["subject_id"]]: row for row in staff.all_of(lists.list_reason)}
    score = {who[row["subject_id"]]: row for row in staff.all_of(lists.list_score)}
    assert imported.people == ranked.height == len(place) == len(reason) == len(score)
    for row in ranked.to_dicts():
        person = row["person_id"]
        for name in ("rank", "is_listed", "held_rank", "tied", "rank_low", "rank_high", "hold", "holds", "standing"):
            assert place[person][name] == row[name], (person, name)
        assert place[person]["data_gaps"] == row["data_gaps"]
        assert place[person]["flags"] == [flag for flag in FLAGS if row[flag]]
        told = [{name: each[name] for name in ("feature", "value")} for each in row["reasons"]]
        assert reason[person]["reasons"] == told, "without the points, which add up to the score"
        assert reason[person]["reason_1"] == row["reason_1"]
        assert score[person]["score"] == row["score"]
        points = [{name: each[name] for name in ("feature", "points")} for each in row["reasons"]]
        assert score[person]["points"] == points


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


def test_the_database_counts_what_came_before_anybody_asks_for_it(staff: Staff, analyst: Desk, story_run: Path) -> None:
    counted = text("SELECT reltuples FROM pg_class WHERE oid = 'subject'::regclass")
    with staff.superuser.connect() as connection:
        assert connection.scalar(counted) == -1

    imported = bring_in(analyst, story_run)

    with staff.superuser.connect() as connection:
        assert connection.scalar(counted) == staff.count(cases.subject) >= imported.people


def test_hundreds_of_people_need_no_more_statements_than_a_few(
    staff: Staff, analyst: Desk, story_run: Path, make_run: MakeRun, tmp_path: Path
) -> None:
    hundreds = make_run(small_records.write_records(tmp_path / "records"), as_of=small_records.AS_OF)

    counted = [queries_of(lambda run=run: bring_in(analyst, run)) for run in (story_run, hundreds)]

    assert staff.count(lists.list_place) > small_records.PEOPLE * 0.9
    assert counted[1] <= counted[0] < 60
