"""`mat cases` at the keyboard: a month of one case, empty states, JSON, and errors that say what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from governance.retention import local_day
from mat.store.tables.lists import case_standing
from mat.store.vocabulary import UserRole
from tests.keyboard import Keyboard
from tests.panel_lists import ListMaker

pytestmark = pytest.mark.slow

TODAY = local_day(datetime.now(UTC))
LOOK_AGAIN_ON = TODAY + timedelta(days=30)
LATER = LOOK_AGAIN_ON.isoformat()
AT_A = ("--panel", "A")
WHY = ("--reason", "canary: two victims")


@pytest.fixture
def keyboard(keyboard: Keyboard) -> Keyboard:
    keyboard.group = ("cases",)
    keyboard.newcomer(UserRole.COORDINATOR, panel="A")
    return keyboard


def test_an_empty_panel_says_so_and_what_to_do(keyboard: Keyboard) -> None:
    assert keyboard.type("forms") == "No form waits for an answer.\n"
    assert keyboard.type("own-forms") == "Your service has put nobody forward.\n"
    for command in ("candidates", "holds", "overrides"):
        assert "no list" in keyboard.fail(command, *AT_A)
    ListMaker(staff=keyboard.staff).run()

    assert "Nobody is a candidate." in keyboard.type("candidates", *AT_A)
    assert keyboard.type("holds", *AT_A) == "Nobody is held.\n"
    assert "of the 0 above the line 0 were not proposed (-)" in keyboard.type("overrides", *AT_A)


def test_a_case_from_the_list_to_its_discharge(keyboard: Keyboard) -> None:
    maker = ListMaker(staff=keyboard.staff)
    case = keyboard.staff.subject("P1")
    maker.ranked(maker.run(people=1), [case], first=3)

    before = keyboard.type("show", "P1").splitlines()
    assert before[1] == "Not decided whether they may be told: do not tell them."
    assert "not before you judge" in keyboard.type("candidates", *AT_A)
    assert "has not judged this case" in keyboard.fail("rank", "P1")
    keyboard.type("judge", "P1", "--concern", "high", "--reason", "Afraid.")
    assert "On the list as of 2026-04-01: rank 3 of 1, between 3 and 3" in keyboard.type("rank", "P1")
    assert "3 (3 to 3, no earlier list)" in keyboard.type("candidates", *AT_A)
    assert "Nominated" in keyboard.type("nominate", "P1", "--from", "list", *WHY)
    keyboard.type("put-off", "P1", "--until", LATER, *WHY)
    keyboard.type("propose", "P1", *WHY)
    keyboard.type("adopt", "P1", *WHY)
    keyboard.type("not-to-be-told", "P1", "--review", LATER, "--reason", "She asked us to wait.")
    shown = keyboard.type("show", "P1")
    warned = keyboard.type("tell", "P1", "--on", TODAY.isoformat(), "--text", "By letter.")
    again = keyboard.type("tell", "P1", "--on", TODAY.isoformat(), "--text", "By letter.")
    keyboard.type("mark", "P1")
    keyboard.type("discharge", "P1", "--reason", "Quiet.")
    marks = keyboard.ask("marks", "P1")["marks"]
    keyboard.type("readopt", "P1", "--reason", "A new partner.")

    assert "NOT TO BE TOLD until now: speak with whoever supports each victim today" in warned
    assert again == "Written down: every page of the case says so from now.\n"
    again_on = f"{LOOK_AGAIN_ON.day} {LOOK_AGAIN_ON:%b %Y}"
    assert f"NOT TO BE TOLD, to be looked at again on {again_on}: She asked us to wait." in shown
    assert "from list, cycle 2026-04-01, adopted, version 4: canary: two victims" in shown
    assert [each["kind"] for each in marks] == ["entry", "review", "exit"]
    assert (marks[0]["score"], marks[0]["without_new_events"], marks[0]["beyond_age"]) == (97.0, 97.0, 0.0)
    assert "entry" in keyboard.type("marks", "P1")
    assert keyboard.ask("overrides", *AT_A)["by_source"]["list"] == 1
    assert keyboard.ask("show", "P1")["standing"]["told_on"] == TODAY.isoformat()


def test_gaps_and_standing_of_a_candidate_are_in_words(keyboard: Keyboard) -> None:
    maker = ListMaker(staff=keyboard.staff)
    case, run = keyboard.staff.subject("P1"), maker.run(people=1)
    maker.place(run, case, rank=1, is_listed=True, rank_low=1, rank_high=1, data_gaps=["unweighted_crimes"])
    prison = {"kind": "prison", "from_at": datetime(2019, 1, 1), "to_at": None, "level": None}
    keyboard.staff.row(case_standing, case, run_id=run, source="nomis", **prison)
    keyboard.type("judge", "P1", "--concern", "high", *WHY)

    listed, shown = keyboard.type("candidates", *AT_A), keyboard.type("rank", "P1")

    assert "Not known: unweighted crimes\n" in shown
    assert "Standing: prison with no end recorded\n" in shown
    assert "unweighted" not in listed


def test_somebody_is_put_forward_and_taken_up_or_set_aside(keyboard: Keyboard) -> None:
    ListMaker(staff=keyboard.staff).run()
    coordinator = keyboard.staff.user(UserRole.COORDINATOR, panel="A")
    keyboard.newcomer(UserRole.PANEL_MEMBER, panel="A")
    first = keyboard.ask("put-forward", *AT_A, "--surname", "Quux", "--forename", "Zeb", "--born", "1990-01-01", *WHY)
    second = keyboard.ask("put-forward", *AT_A, "--surname", "Quux", *WHY)
    assert "Zeb Quux" in keyboard.type("own-forms")

    keyboard.sit_down(coordinator)
    assert "no case of the same surname" in keyboard.type("forms")
    case = keyboard.ask("take-up", first["form"])["case"]
    assert f"Zeb Quux ({case}); take it up with --case" in keyboard.type("forms")
    keyboard.type("take-up", second["form"], "--case", case)
    said = keyboard.type("candidates", *AT_A)

    assert "Zeb Quux" in said
    assert "Zeb Quux, put forward by housing: canary: two victims" in said
    assert "put forward by housing" in keyboard.type("writings", case)
    assert "FORM should be an id as mat prints it, not 'nothing': see `mat cases forms`" in keyboard.fail(
        "set-aside", "nothing", *WHY
    )


def test_the_queue_of_holds_at_the_keyboard(keyboard: Keyboard) -> None:
    maker = ListMaker(staff=keyboard.staff)
    case = keyboard.staff.subject("P1")
    run = maker.run()
    maker.held(run, case, "counter_allegation")
    maker.reciprocal(run, case, keyboard.staff.victim(case))

    before = keyboard.type("holds", *AT_A)
    keyboard.type("take-hold", "P1", "--hold", "counter-allegation")
    assert "counter allegation" in keyboard.type("holds", "--panel", "a")
    assert "Somebody works on this hold" in keyboard.fail("take-hold", "P1", "--hold", "counter_allegation")
    keyboard.type("give-back", "P1", "--hold", "counter_allegation")
    resolution = ("--hold", "counter_allegation", "--outcome", "list", "--review", LATER, *WHY)
    assert "say for which with --victim" in keyboard.fail("resolve-hold", "P1", *resolution)
    keyboard.type("resolve-hold", "P1", "--victim", "V1", *resolution)
    after = keyboard.ask("holds", *AT_A)

    assert ("V1" in before, "force:P1" in before) == (True, True)
    assert after["holds"][0]["decisions"] == [
        {"token": "V1", "victim_id": after["holds"][0]["decisions"][0]["victim_id"], "outcome": "list",
         "decided_on": TODAY.isoformat(), "review_by": LATER}
    ]  # fmt: skip
    assert "V1 list" in keyboard.type("holds", *AT_A)


def test_what_is_written_is_read_back_apart(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P1")

    for kind in ("fact", "intelligence", "opinion"):
        keyboard.type("say", "P1", "--type", kind, "--text", f"one {kind}", "--source", "the beat team")
    keyboard.type("profile", "P1", "--text", "A profile.")
    keyboard.type("risk", "P1", "--text", "Jealousy.")
    keyboard.type("need", "P1", "--kind", "language", "--text", "Polish")
    keyboard.type("children", "P1", "--text", "Two at school.")
    keyboard.type("flag-children", "P1", "--affected", "yes")
    said = keyboard.type("writings", "P1")

    for words in (
        "Facts:\n  one fact (from: the beat team", "Intelligence, which may be wrong:\n  one intelligence",
        "Opinions, which are nobody's record:\n  one opinion", "A profile.", "Jealousy.", "Needs, language: Polish",
        "Two at school.", "Children affected: yes.",
    ):  # fmt: skip
        assert words in said
    assert [each["statement_type"] for each in keyboard.ask("writings", "P1")["statements"]] == [
        "fact", "intelligence", "opinion",
    ]  # fmt: skip


UNFIT: tuple[tuple[tuple[str, ...], str], ...] = (
    (("judge", "P1", "--concern", "terrible", *WHY), "--concern should be one of high, some, little, cannot_say"),
    (("nominate", "P1", "--from", "list", *WHY), "no rank"),
    (("propose", "P1", *WHY), "Nobody has nominated"),
    (("put-off", "P1", "--until", "soon", *WHY), "--until should be a day"),
    (("adopt", "P404", *WHY), "No case under that id"),
    (("discharge", "P1", *WHY), "has not adopted"),
    (("tell", "P1", "--on", LATER, "--text", "x"), "still to come"),
    (("candidates", "--panel", "Nowhere"), "There is no panel 'Nowhere'"),
    (("candidates", *AT_A, "--after", "x"), "--after should be an id"),
    (("take-hold", "P1", "--hold", "long"), "--hold should be one of"),
)


def test_what_does_not_fit_is_one_sentence_that_says_what_to_do(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P1")
    ListMaker(staff=keyboard.staff).run()

    for words, sentence in UNFIT:
        assert sentence in keyboard.fail(*words), words
