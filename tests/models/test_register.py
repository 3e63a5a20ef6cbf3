from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mat.errors import ArtefactError, BadInput, OutputError
from models.artefact import Artefact, write
from models.register import Register, State, What
from tests.models.small_models import period, small_artefact

BECAUSE = {"by": "DI Example", "reason": "did better in the backtest"}


@pytest.fixture(scope="module")
def artefacts(make_matrix) -> list[Artefact]:
    learnt = [period(make_matrix)]
    return [small_artefact(learnt, seed=seed) for seed in (1, 2, 3)]


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register.under(tmp_path / "data")


def promote(register: Register, artefact: Artefact) -> None:
    register.promote(artefact, **BECAUSE, grounds={"sentences": ["It gains."]})


def test_a_register_nobody_wrote_to_is_empty_and_makes_nothing(register: Register) -> None:
    assert register.entries() == ()
    assert register.champion() is None
    assert not register.folder.exists()


def test_an_added_model_is_a_candidate_with_a_copy_of_its_own(register: Register, artefacts: list[Artefact]) -> None:
    entry = register.add(artefacts[0], by="mat train", reason="trained")
    again = register.add(artefacts[0], by="mat train", reason="trained")

    assert entry == again
    assert entry.state is State.CANDIDATE
    assert register.load(entry).content_hash == artefacts[0].content_hash
    assert register.champion() is None
    assert [path.stat().st_mode & 0o777 for path in (register.folder, *sorted(register.folder.iterdir()))] == [
        0o700, 0o600, 0o600, 0o600, 0o600,
    ]  # fmt: skip


def test_a_promotion_replaces_the_champion_and_both_say_so(register: Register, artefacts: list[Artefact]) -> None:
    promote(register, artefacts[0])
    promote(register, artefacts[1])

    old, new = register.entries()
    champion = register.champion()
    assert champion is not None
    assert champion.content_hash == new.hash == artefacts[1].content_hash
    assert (old.state, new.state) == (State.REPLACED, State.CHAMPION)
    assert old.replaced_by == new.hash
    assert old.out_of_use is not None
    assert (old.out_of_use.by, old.out_of_use.reason) == ("DI Example", "did better in the backtest")
    assert [event.what for event in new.events] == [What.ADDED, What.PROMOTED]
    assert new.events[1].replaced == old.hash
    assert new.events[1].grounds == {"sentences": ["It gains."]}


def test_a_replaced_model_may_be_champion_again(register: Register, artefacts: list[Artefact]) -> None:
    promote(register, artefacts[0])
    promote(register, artefacts[1])

    promote(register, artefacts[0])

    assert [entry.state for entry in register.entries()] == [State.CHAMPION, State.REPLACED]
    assert register.entries()[0].out_of_use is None


def test_retiring_the_champion_leaves_none_and_keeps_why_when_by_whom_and_what_replaced_it(
    register: Register, artefacts: list[Artefact]
) -> None:
    promote(register, artefacts[0])

    entry = register.retire(artefacts[0].content_hash, by="DCI Example", reason="drifted", replaced_by="rfgv")

    assert register.champion() is None
    assert entry.state is State.RETIRED
    assert entry.replaced_by == "rfgv"
    assert entry.out_of_use is not None
    assert (entry.out_of_use.by, entry.out_of_use.reason) == ("DCI Example", "drifted")
    assert entry.out_of_use.at.endswith("+00:00")
    assert register.entries() == (entry,)


def test_a_retired_model_stays_retired(register: Register, artefacts: list[Artefact]) -> None:
    promote(register, artefacts[0])
    register.retire("scorecard", **BECAUSE)

    with pytest.raises(BadInput, match="out of use for good"):
        promote(register, artefacts[0])
    with pytest.raises(BadInput, match="is retired already"):
        register.retire("scorecard", **BECAUSE)


def test_the_champion_is_not_promoted_twice(register: Register, artefacts: list[Artefact]) -> None:
    promote(register, artefacts[0])

    with pytest.raises(BadInput, match="is the champion already"):
        promote(register, artefacts[0])

    assert len(register.events()) == 2


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("who", " "), ("\t", "")])
def test_nothing_happens_without_a_name_and_a_reason(
    register: Register, artefacts: list[Artefact], by: str, reason: str
) -> None:
    with pytest.raises(BadInput, match="a name and a reason"):
        register.promote(artefacts[0], by=by, reason=reason, grounds={})
    with pytest.raises(BadInput, match="a name and a reason"):
        register.retire("scorecard", by=by, reason=reason)

    assert register.events() == ()


def test_a_model_is_found_by_its_hash_a_beginning_of_it_or_its_name(
    register: Register, artefacts: list[Artefact]
) -> None:
    register.add(artefacts[0], by="mat train", reason="trained")
    full = artefacts[0].content_hash

    assert {register.find(asked).hash for asked in (full, full[:6], "scorecard")} == {full}


def test_a_name_means_the_champion_or_must_be_told_apart(register: Register, artefacts: list[Artefact]) -> None:
    for artefact in artefacts:
        register.add(artefact, by="mat train", reason="trained")

    with pytest.raises(BadInput, match="name one by its hash"):
        register.find("scorecard")
    promote(register, artefacts[1])

    assert register.find("scorecard").hash == artefacts[1].content_hash


@pytest.mark.parametrize("asked", ["ebm", "000000", "a", ""])
def test_what_is_not_there_is_one_sentence(register: Register, artefacts: list[Artefact], asked: str) -> None:
    with pytest.raises(BadInput, match="the register is empty"):
        register.find(asked)
    register.add(artefacts[0], by="mat train", reason="trained")

    with pytest.raises(BadInput, match="see `mat models list`"):
        register.find(asked)


def remove(path: Path, _other: Artefact) -> None:
    path.unlink()


def edit(path: Path, _other: Artefact) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("any", "all"), encoding="utf-8")


def swap(path: Path, other: Artefact) -> None:
    path.unlink()
    write(other, path)


@pytest.mark.parametrize("damage", [remove, edit, swap])
def test_a_champion_that_cannot_be_used_is_an_error_and_can_still_be_retired(
    register: Register, artefacts: list[Artefact], damage: Callable[[Path, Artefact], None]
) -> None:
    promote(register, artefacts[0])
    damage(register.path_of(artefacts[0].content_hash), artefacts[1])

    with pytest.raises(ArtefactError, match=r"the champion scorecard \w{12} cannot be used.*--model rfgv"):
        register.champion()
    register.retire(artefacts[0].content_hash, **BECAUSE)

    assert register.champion() is None


@pytest.mark.parametrize("damage", [remove, edit, swap])
def test_a_damaged_copy_is_put_right_by_adding_the_model_again(
    register: Register, artefacts: list[Artefact], damage: Callable[[Path, Artefact], None]
) -> None:
    promote(register, artefacts[0])
    kept = register.path_of(artefacts[0].content_hash)
    damage(kept, artefacts[1])

    register.add(artefacts[0], by="mat train", reason="trained")

    champion = register.champion()
    assert champion is not None
    assert champion.content_hash == artefacts[0].content_hash
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(register.events()) == 2


def test_a_copy_damaged_before_its_promotion_is_put_right(register: Register, artefacts: list[Artefact]) -> None:
    entry = register.add(artefacts[0], by="mat train", reason="trained")
    register.path_of(entry.hash).write_text("junk", encoding="utf-8")

    promote(register, artefacts[0])

    assert register.load(entry).content_hash == artefacts[0].content_hash


def test_a_sound_copy_is_left_as_it_is(register: Register, artefacts: list[Artefact]) -> None:
    entry = register.add(artefacts[0], by="mat train", reason="trained")
    before = register.path_of(entry.hash).stat()

    register.add(artefacts[0], by="mat train", reason="trained")

    assert register.path_of(entry.hash).stat() == before


def test_a_folder_where_the_copy_should_lie_is_one_sentence(register: Register, artefacts: list[Artefact]) -> None:
    register.path_of(artefacts[0].content_hash).mkdir(parents=True)

    with pytest.raises(OutputError, match=r"is in the way of the model's copy .*: move it away"):
        register.add(artefacts[0], by="mat train", reason="trained")


def test_nothing_takes_its_own_place_nor_does_what_is_retired(register: Register, artefacts: list[Artefact]) -> None:
    for artefact in artefacts:
        register.add(artefact, by="mat train", reason="trained")
    first, second, third = (artefact.content_hash for artefact in artefacts)
    register.retire(second, **BECAUSE)

    with pytest.raises(BadInput, match=r"cannot take its own place: name another model by its hash, or rfgv"):
        register.retire(first, **BECAUSE, replaced_by=first[:8])
    with pytest.raises(BadInput, match=r"is retired and takes no model's place: name another model"):
        register.retire(first, **BECAUSE, replaced_by=second)
    assert len(register.events()) == 4

    assert register.retire(first, **BECAUSE, replaced_by=third).replaced_by == third


def written(register: Register, artefacts: list[Artefact]) -> tuple[Path, Path, list[str]]:
    """A register whose champion was retired: its two files and its three lines."""
    promote(register, artefacts[0])
    register.retire("scorecard", **BECAUSE)
    path = register.folder / "register.jsonl"
    return path, register.folder / "register.head", path.read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_lines_cut_from_the_end_are_found_out(register: Register, artefacts: list[Artefact], kept: int) -> None:
    path, _, lines = written(register, artefacts)
    path.write_text("".join(lines[:kept]), encoding="utf-8")

    with pytest.raises(
        ArtefactError, match=rf"ends after {kept} lines, and register.head beside it counts 3: put both"
    ):
        register.champion()
    with pytest.raises(ArtefactError, match="ends after"):
        register.add(artefacts[1], by="mat train", reason="trained")


def test_a_register_without_its_lines_or_its_head_is_refused(register: Register, artefacts: list[Artefact]) -> None:
    path, head, lines = written(register, artefacts)

    path.unlink()
    with pytest.raises(ArtefactError, match="ends after 0 lines"):
        register.entries()
    path.write_text("".join(lines), encoding="utf-8")
    head.unlink()
    with pytest.raises(ArtefactError, match=r"line 2 of .* is not counted by register.head"):
        register.entries()


def test_a_last_line_that_was_edited_is_found_out(register: Register, artefacts: list[Artefact]) -> None:
    path, _, lines = written(register, artefacts)
    path.write_text("".join([*lines[:2], lines[2].replace("did better", "did worse")]), encoding="utf-8")

    with pytest.raises(ArtefactError, match=r"line 3 of .* is not the one that register.head beside it counted last"):
        register.entries()


def test_the_line_of_a_writer_killed_before_it_was_counted_counts_and_is_counted(
    register: Register, artefacts: list[Artefact]
) -> None:
    promote(register, artefacts[0])
    head = register.folder / "register.head"
    earlier = head.read_bytes()
    register.retire("scorecard", **BECAUSE)
    head.write_bytes(earlier)

    assert register.champion() is None
    register.add(artefacts[0], by="mat train", reason="trained")

    assert json.loads(head.read_text(encoding="utf-8"))["lines"] == 3
    assert head.stat().st_mode & 0o777 == 0o600


def test_the_very_first_line_may_be_uncounted_too(register: Register, artefacts: list[Artefact]) -> None:
    register.add(artefacts[0], by="mat train", reason="trained")
    (register.folder / "register.head").unlink()

    promote(register, artefacts[0])

    assert register.champion() is not None


def test_two_lines_beyond_the_head_are_refused(register: Register, artefacts: list[Artefact]) -> None:
    register.add(artefacts[0], by="mat train", reason="trained")
    head = register.folder / "register.head"
    earlier = head.read_bytes()
    promote(register, artefacts[0])
    register.retire("scorecard", **BECAUSE)
    head.write_bytes(earlier)

    with pytest.raises(ArtefactError, match=r"line 3 of .* is not counted by register.head"):
        register.entries()


@pytest.mark.parametrize(
    "head", [b"", b"[]", b'{"lines": -1, "last": null}', b'{"lines": true, "last": null}', b"\xff"]
)
def test_a_head_that_is_none_is_one_sentence(register: Register, artefacts: list[Artefact], head: bytes) -> None:
    written(register, artefacts)[1].write_bytes(head)

    with pytest.raises(ArtefactError, match=r"never to be edited") as raised:
        register.entries()

    assert "\n" not in str(raised.value)


def without_the_first_line(lines: list[str]) -> list[str]:
    return lines[1:]


def without_a_middle_line(lines: list[str]) -> list[str]:
    return [lines[0], *lines[2:]]


def with_another_reason(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace("did better", "did worse"), *lines[2:]]


def in_another_order(lines: list[str]) -> list[str]:
    return [lines[1], lines[0], *lines[2:]]


def with_a_word_nobody_knows(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1].replace('"retired"', '"crowned"')]


def with_rubbish(lines: list[str]) -> list[str]:
    return [*lines[:-1], "\x00\x01"]


@pytest.mark.parametrize(
    "tamper",
    [
        without_the_first_line,
        without_a_middle_line,
        with_another_reason,
        in_another_order,
        with_a_word_nobody_knows,
        with_rubbish,
    ],
)
def test_a_register_that_was_edited_is_one_sentence(
    register: Register, artefacts: list[Artefact], tamper: Callable[[list[str]], list[str]]
) -> None:
    promote(register, artefacts[0])
    register.retire("scorecard", **BECAUSE)
    path = register.folder / "register.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert tamper(lines) != lines
    path.write_text("".join(f"{line}\n" for line in tamper(lines)), encoding="utf-8")

    with pytest.raises(ArtefactError, match=r"line . of .*never to be edited") as raised:
        register.entries()

    assert "\n" not in str(raised.value)


def test_half_a_line_of_a_killed_writer_is_no_event_and_is_cut_off(
    register: Register, artefacts: list[Artefact]
) -> None:
    promote(register, artefacts[0])
    path = register.folder / "register.jsonl"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + '{"previous": "', encoding="utf-8")

    assert len(register.events()) == 2
    promote(register, artefacts[1])

    assert path.read_text(encoding="utf-8").startswith(whole)
    assert [event.what for event in register.events()] == [What.ADDED, What.PROMOTED, What.ADDED, What.PROMOTED]


WRITER = """
import sys
from pathlib import Path
from models.artefact import read
from models.register import Register

artefact = read(Path(sys.argv[2]))
register = Register(folder=Path(sys.argv[1]))
register.promote(artefact, by=sys.argv[3], reason="tried", grounds={})
register.retire(artefact.content_hash, by=sys.argv[3], reason="done")
"""


def test_writers_at_the_same_time_lose_nothing(register: Register, artefacts: list[Artefact], tmp_path: Path) -> None:
    writers = []
    for number, artefact in enumerate(artefacts):
        file = tmp_path / f"{number}.json"
        write(artefact, file)
        command = [sys.executable, "-c", WRITER, str(register.folder), str(file), f"writer {number}"]
        writers.append(subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2], stderr=subprocess.PIPE))

    failures = [writer.communicate()[1] for writer in writers]

    assert [writer.returncode for writer in writers] == [0, 0, 0], failures
    assert sorted((event.by, event.what) for event in register.events()) == sorted(
        (f"writer {number}", what) for number in range(3) for what in What
    )
    assert json.loads((register.folder / "register.jsonl").read_text(encoding="utf-8").splitlines()[-1])["previous"]
