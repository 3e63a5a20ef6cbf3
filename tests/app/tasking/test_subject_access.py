"""Access export: all that is the person's own, nobody else in it, and nothing given out that nobody read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select
from uuid_utils.compat import uuid7

from app.tasking.access_page import page
from app.tasking.access_tables import OWN, RECORDS, TEXTS
from app.tasking.access_words import HEADINGS
from app.tasking.acting_on.safety import NewCheck, record_check
from app.tasking.removals import propose_removal, remove_case
from app.tasking.subject_access import CONTENT, PAGE, Release, draft_subject_access, release_subject_access
from governance.retention import load_retention
from mat.errors import AccessRefused, BadInput, OutputError
from mat.store.panel_vocabulary import Wishes
from mat.store.tables import audit, cases, metadata, panel_actions, privacy
from mat.store.tables.panel_disclosures import disclosure
from mat.store.tables.panel_orders import process_link
from mat.store.tables.panel_referrals import referral_check, referral_event
from mat.store.vocabulary import Basis, RemovalGrounds, UserRole
from tests.at_the_gate import PARTS
from tests.privacy_cases import events, found_in, full_case
from tests.staff import Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow

RULES = load_retention()
REASON = "The person asked for it."
HER = "V1"
#: Tables of cases that an export holds nothing of, each with its reason in the list of what was withheld.
NOT_EXPORTED = {
    "victim", "victim_identity", "victim_need", "client", "child_note", "safeguarding_flag", "conflict", "break_glass",
    "legal_hold", "removal_proposal", "list_evidence", "removal", "audit_payload", "person_key", "file_person", "share",
    "hold_owner", "nobody_known", "safety_check", "safety_override",
}  # fmt: skip


def draft(staff: Staff, subject: UUID, out: Path) -> tuple[UUID, dict[str, Any]]:
    made = draft_subject_access(staff.desk(UserRole.DPO), subject, out, REASON, RULES)
    return made.file_id, json.loads((out / CONTENT).read_text(encoding="utf-8"))


def release(show: set[int], withhold: set[int]) -> Release:
    return Release(show=show, withhold=withhold, recipient="Their solicitor", reason=REASON)


def numbers(content: dict[str, Any]) -> set[int]:
    return {each["number"] for each in content["passages"]}


def narrative(staff: Staff, subject: UUID, content: str, statement_type: str = "fact") -> None:
    staff.row(
        cases.narrative, subject, statement_type=statement_type, content=content, written_by=staff.founder_id,
        written_at=datetime.now(UTC),
    )  # fmt: skip


def test_every_table_of_cases_is_exported_or_left_out_on_purpose() -> None:
    of_cases = {table.name for table in metadata.sorted_tables if "subject_id" in table.c}

    exported = {table.name for table in (*OWN, *TEXTS, *RECORDS)}

    assert exported | NOT_EXPORTED == of_cases
    assert exported & NOT_EXPORTED == set()


def test_no_victim_is_in_a_draft_or_a_release_however_often_they_are_named(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")
    narrative(staff, subject, "He wrote to victimcanary on 02/01/1990, and VICTIMCANARYSON and VICTIMCANARY-P too.")
    file_id, content = draft(staff, subject, tmp_path / "draft")

    release_subject_access(staff.desk(UserRole.DPO), file_id, tmp_path / "out", release(numbers(content), set()), RULES)

    written = [path.read_text(encoding="utf-8").casefold() for path in tmp_path.glob("out/*")]
    assert len(written) == 2
    assert "victimcanary" not in json.dumps(content).casefold()
    assert not any("victimcanary" in text or "1990" in text for text in written)
    assert all("[v1]" in text for text in written)


def test_staff_and_informants_are_not_named(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")
    narrative(staff, subject, "Fay Founder heard this from him.")

    _, content = draft(staff, subject, tmp_path / "draft")

    said = json.dumps(content)
    assert "Founder" not in said
    assert "[staff] heard this" in said
    assert "partner_nomination.agency" not in said
    assert str(staff.founder_id) not in said


def test_what_is_the_persons_own_is_all_there(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")

    _, content = draft(staff, subject, tmp_path / "draft")

    held = content["held"]
    assert held["subject_alias"][0]["person_id"] == "CANARY-P"
    assert held["subject_identity"][0]["surname"] == "CANARY in subject_identity.surname"
    assert held["list_score"][0]["score"] == 1.5
    assert held["shared_with"][0]["kind_of_service"] == "panel_partner"
    assert {each["table"] for each in content["passages"]} >= {"narrative", "history_event", "dyad", "case_order"}


def test_what_the_person_may_not_know_of_waits_as_a_whole(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")

    _, content = draft(staff, subject, tmp_path / "draft")

    assert all(
        set(row) == {"record"} for name in ("history_event", "dyad", "case_order") for row in content["held"][name]
    )
    assert "history_event.ward" not in json.dumps(content)
    assert "children" not in json.dumps(content["held"])


def test_services_for_victims_and_children_and_legal_holds_are_never_told(staff: Staff, tmp_path: Path) -> None:
    subject = staff.subject("P-1")
    victim = staff.victim(subject)
    staff.client(victim, subject)
    staff.share(subject, "support", Basis.AGENDA)
    staff.share(subject, "children", Basis.CHILD_SERVICES)
    staff.share(subject, "housing", Basis.NEED_TO_KNOW, victim=victim)

    _, content = draft(staff, subject, tmp_path / "draft")

    assert content["held"]["shared_with"] == []
    assert "legal_hold" not in content["held"]


def test_nothing_tells_a_suspect_of_what_victims_said_asked_or_were_told(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")
    shown = {"process": "mappa", "gateway": "mappa", "rule": "residence", "event": "take_up"}
    hidden = {"process": "marac", "gateway": "right_to_ask", "rule": "partner_support", "event": "partner_offered"}
    with staff.tampering() as connection:
        for table in (process_link, disclosure, referral_check, referral_event):
            [row] = [dict(row) for row in connection.execute(select(table)).mappings()]
            connection.execute(delete(table))
            [name] = shown.keys() & row.keys()
            for key in (each.name for each in table.primary_key.columns if each.identity is not None):
                del row[key]
            for each, canary in ((shown[name], "SHOWN"), (hidden[name], "TOLDHER")):
                fresh = {key: uuid7() for key in ("link_id", "disclosure_id") if key in row}
                said = {key: canary for key in ("reference", "what", "override_reason", "note") if key in row}
                connection.execute(insert(table).values({**row, **fresh, **said, name: each}))
    support = {"service_id": staff.services["support"], "what": "TOLDHER"}
    action = next(row for row in staff.all_of(panel_actions.action) if row["subject_id"] == subject)
    own = {key: each for key, each in action.items() if key not in {"action_id", "needs_gate"}}
    staff.row(panel_actions.action, **{**own, **support})
    coordinator = staff.desk(UserRole.COORDINATOR, panel="A")
    parts = {**PARTS, "wishes_said": "TOLDHER"}
    record_check(coordinator, NewCheck(subject_id=subject, token=HER, wishes=Wishes.AGREES, **parts))

    _, content = draft(staff, subject, tmp_path / "draft")

    assert "TOLDHER" not in json.dumps(content)
    assert json.dumps(content).count("SHOWN") == 4
    assert {row["event"] for row in content["held"]["log_texts"]} & {"safety_check_recorded"} == set()


def test_a_draft_is_owner_only_registered_and_says_that_it_is_one(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")

    file_id, content = draft(staff, subject, tmp_path / "draft")

    [row] = [row for row in staff.all_of(privacy.file_register) if row["file_id"] == file_id]
    assert content["is_draft"] is True
    assert "DRAFT. Not to be given to anybody." in (tmp_path / "draft" / PAGE).read_text(encoding="utf-8")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "draft").iterdir()} == {0o600}
    assert (tmp_path / "draft").stat().st_mode & 0o777 == 0o700
    assert row["kind"] == "subject_access"
    assert row["recipients"] == []
    assert events(staff)[-1] == "subject_access_drafted"


@pytest.mark.parametrize(
    ("show", "withhold", "said"),
    [
        (lambda every: every - {1}, set(), "1 passages are not decided on"),
        (lambda every: every, {1}, "is to be shown and withheld"),
        (lambda every: every | {999}, set(), "has no passage 999"),
    ],
)
def test_nothing_is_released_until_every_passage_is_decided_on(
    staff: Staff, tmp_path: Path, show: Callable[[set[int]], set[int]], withhold: set[int], said: str
) -> None:
    file_id, content = draft(staff, full_case(staff, "CANARY"), tmp_path / "draft")
    decided = release(show(numbers(content)), withhold)

    with pytest.raises(BadInput, match=said):
        release_subject_access(staff.desk(UserRole.DPO), file_id, tmp_path / "out", decided, RULES)

    assert not (tmp_path / "out").exists()
    assert (tmp_path / "draft").is_dir()


def test_a_release_is_a_disclosure_and_the_draft_is_destroyed(staff: Staff, tmp_path: Path) -> None:
    file_id, content = draft(staff, full_case(staff, "CANARY"), tmp_path / "draft")
    everything = numbers(content)
    shown = {min(everything)}

    release_subject_access(
        staff.desk(UserRole.DPO), file_id, tmp_path / "out", release(shown, everything - shown), RULES
    )

    given = json.loads((tmp_path / "out" / CONTENT).read_text(encoding="utf-8"))
    bodies = {row["event"]: row for row in (json.loads(each["body"]) for each in staff.all_of(audit.audit_event))}
    assert given["is_draft"] is False
    assert "passages" not in given
    assert "passage" not in json.dumps(given)
    assert any("s.45(4)" in each for each in given["withheld"])
    assert "s.45(4)" in json.dumps(bodies["subject_access_released"]["details"]["exemptions"])
    assert bodies["subject_access_released"]["operation"] == "disclosure"
    assert bodies["subject_access_released"]["details"]["withheld"] == len(everything) - 1
    assert "solicitor" not in json.dumps(bodies["subject_access_released"])
    assert not (tmp_path / "draft").exists()


def test_what_was_withheld_leaves_no_trace_that_could_be_counted(staff: Staff, tmp_path: Path) -> None:
    given: list[str] = []
    for person, hidden in (("P-1", 0), ("P-2", 3)):
        subject = staff.subject(person)
        narrative(staff, subject, "He was seen.")
        for _ in range(hidden):
            narrative(staff, subject, "An informant says so.", "intelligence")
        file_id, content = draft(staff, subject, tmp_path / person)
        withheld = {each["number"] for each in content["passages"] if "informant" in each["text"]}
        decided = release(numbers(content) - withheld, withheld)
        release_subject_access(staff.desk(UserRole.DPO), file_id, tmp_path / f"{person}-out", decided, RULES)
        given += [(tmp_path / f"{person}-out" / name).read_text(encoding="utf-8") for name in (CONTENT, PAGE)]
        assert len(withheld) == hidden

    nothing_hidden, three_hidden = json.loads(given[0]), json.loads(given[2])

    assert three_hidden["withheld"] == nothing_hidden["withheld"]
    assert three_hidden["held"].keys() == nothing_hidden["held"].keys()
    assert {name: len(rows) for name, rows in three_hidden["held"].items()} == {
        name: len(rows) for name, rows in nothing_hidden["held"].items()
    }
    assert given[3].count("<tr>") == given[1].count("<tr>")
    assert not any("intelligence" in text or "[withheld" in text for text in given)


def test_a_part_of_which_everything_was_withheld_is_as_one_that_is_empty(staff: Staff, tmp_path: Path) -> None:
    file_id, content = draft(staff, full_case(staff, "CANARY"), tmp_path / "draft")

    release_subject_access(staff.desk(UserRole.DPO), file_id, tmp_path / "out", release(set(), numbers(content)), RULES)

    given = json.loads((tmp_path / "out" / CONTENT).read_text(encoding="utf-8"))
    said = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert not given["held"].keys() & {"history_event", "dyad", "case_order", "narrative", "log_texts"}
    assert "Nothing is held" not in said
    assert "Incidents" not in said


def test_the_page_speaks_plainly_and_in_the_time_of_england(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")
    with staff.tampering() as connection:
        summer = datetime(2024, 7, 1, 11, 30, tzinfo=UTC)
        connection.execute(cases.subject.update().where(cases.subject.c.subject_id == subject).values(opened_at=summer))

    draft(staff, subject, tmp_path / "draft")

    said = (tmp_path / "draft" / PAGE).read_text(encoding="utf-8")
    assert "<td>1 July 2024, 12:30</td>" in said
    assert "<h2>Your place on the lists</h2>" in said
    assert not any(word in said for word in ("run id", "list place", "True", "False", "<h2>subject"))


def test_every_part_of_an_export_has_a_heading(staff: Staff, tmp_path: Path) -> None:
    _, content = draft(staff, staff.subject("P-1"), tmp_path / "draft")

    assert set(content["held"]) == set(HEADINGS)


def test_a_draft_that_was_changed_is_not_released(staff: Staff, tmp_path: Path) -> None:
    file_id, content = draft(staff, full_case(staff, "CANARY"), tmp_path / "draft")
    (tmp_path / "draft" / CONTENT).write_text("{}", encoding="utf-8")

    with pytest.raises(BadInput, match="not as it was written"):
        release_subject_access(
            staff.desk(UserRole.DPO), file_id, tmp_path / "out", release(numbers(content), set()), RULES
        )


def test_what_was_released_is_no_draft_any_more(staff: Staff, tmp_path: Path) -> None:
    file_id, content = draft(staff, full_case(staff, "CANARY"), tmp_path / "draft")
    decided, dpo = release(numbers(content), set()), staff.desk(UserRole.DPO)
    released = release_subject_access(dpo, file_id, tmp_path / "out", decided, RULES)

    for each in (file_id, released):
        with pytest.raises(AccessRefused, match="no such draft"):
            release_subject_access(dpo, each, tmp_path / "again", decided, RULES)


def test_a_place_that_is_taken_or_a_link_is_refused_and_nothing_logged(staff: Staff, tmp_path: Path) -> None:
    subject, dpo = staff.subject("P-1"), staff.desk(UserRole.DPO)
    (tmp_path / "taken").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = len(events(staff))

    for name in ("taken", "link"):
        with pytest.raises(OutputError, match="never overwritten"):
            draft_subject_access(dpo, subject, tmp_path / name, REASON, RULES)

    assert len(events(staff)) == before
    assert not (tmp_path / "nowhere").exists()


def test_an_export_whose_entry_fails_leaves_no_file(staff: Staff, tmp_path: Path) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    with staff.superuser.begin() as connection:
        connection.exec_driver_sql("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app")

    with pytest.raises(Exception, match="permission denied"):
        draft_subject_access(dpo, subject, tmp_path / "draft", REASON, RULES)

    assert not (tmp_path / "draft").exists()
    assert staff.count(privacy.file_register) == 0


def test_the_page_shows_text_as_text_and_fetches_nothing() -> None:
    hostile = '<script>alert(1)</script><img src="https://example.org/x">'
    content = {
        "is_draft": False,
        "about": {"as_held_on": "2026-04-01"},
        "held": {"narrative": [{"content": hostile, hostile: ["a", hostile], "n": None}]},
        "withheld": [hostile],
        "rights": hostile,
    }

    written = page(content)

    assert re.findall(r"<(?:script|img|a|link|iframe|form)\b", written) == []
    assert "default-src &#x27;none&#x27;" in written or "default-src 'none'" in written
    assert written.count("&lt;script&gt;") == 5


def test_who_was_given_it_is_forgotten_with_the_case(staff: Staff, tmp_path: Path) -> None:
    subject = full_case(staff, "CANARY")
    file_id, content = draft(staff, subject, tmp_path / "draft")
    decided = Release(show=numbers(content), withhold=(), recipient="RECIPIENTCANARY", reason="RECIPIENTCANARY asked.")
    release_subject_access(staff.desk(UserRole.DPO), file_id, tmp_path / "out", decided, RULES)
    propose_removal(staff.desk(UserRole.COORDINATOR), subject, RemovalGrounds.REQUEST, "Asked for.")

    done = remove_case(staff.desk(UserRole.DPO), subject, RULES)

    assert found_in(staff, "RECIPIENTCANARY") == []
    assert "RECIPIENTCANARY" not in json.dumps(done.certificate)
    assert not (tmp_path / "out").exists()
