"""A RUN read as something hostile: whatever is wrong with it, one sentence, no traceback, and nothing believed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.tasking.runs import frames
from app.tasking.runs.opening import Wanted, read_directory
from app.tasking.runs.reading import ReadRun, read_run
from app.tasking.safe_files import fingerprint
from mat.errors import BadInput
from tests.app.tampered_runs import copy_of, person, with_frame, with_manifest

#: Each makes, reads or imports a whole run, or plays a day.
pytestmark = pytest.mark.slow

TODAY = date(2024, 5, 1)
Change = Callable[[Path], object]


def read(run: Path) -> ReadRun:
    return read_run(run, TODAY)


@pytest.fixture
def run(story_run: Path, tmp_path: Path) -> Path:
    return copy_of(story_run, tmp_path / "hostile")


def sentence(run: Path) -> str:
    with pytest.raises(BadInput) as refusal:
        read(run)
    said = str(refusal.value)
    assert "\n" not in said
    assert len(said) < 500
    return said


def test_a_run_as_mat_writes_it_is_read(run: Path) -> None:
    found = read(run)

    assert found.as_of == date(2024, 4, 1)
    assert found.model == "rfgv"
    assert found.seats == 20
    assert not found.is_synthetic
    assert found.is_private
    assert "LEAD" in found.ranked["person_id"].to_list()
    assert found.path == run
    assert (found.fingerprint, found.size) == (fingerprint(run).sha256, fingerprint(run).size)


def test_equal_runs_have_one_content_hash_wherever_they_lie(story_run: Path, run: Path) -> None:
    with_manifest(run, lambda manifest: manifest.update(created_at="2020-01-01T00:00:00+00:00"))

    assert read(run).content_hash == read(story_run).content_hash
    assert read(run).manifest_sha256 != read(story_run).manifest_sha256


PLACES: dict[str, tuple[Change, str]] = {
    "nothing there": (shutil.rmtree, "does not exist"),
    "a file in its place": (lambda run: (shutil.rmtree(run), run.write_text("x")), "not a directory"),
    "a link in its place": (lambda run: (run.rename(run.parent / "real"), run.symlink_to("real")), "is a link"),
    "a link to a file": (
        lambda run: ((run / "area.parquet").rename(run.parent / "a"), (run / "area.parquet").symlink_to("../a")),
        "'area.parquet' in it is a link",
    ),
    "a dangling link": (lambda run: (run / "further").symlink_to("nowhere"), "'further' in it is a link"),
    "a link to a folder": (
        lambda run: ((run / "snapshot").rename(run.parent / "s"), (run / "snapshot").symlink_to("../s")),
        "'snapshot' in it is a link",
    ),
    "a link deep inside": (
        lambda run: (
            (run / "snapshot/ties.parquet").unlink(),
            (run / "snapshot/ties.parquet").symlink_to("/etc/passwd"),
        ),
        "'snapshot/ties.parquet' in it is a link",
    ),
    "a pipe": (lambda run: os.mkfifo(run / "pipe"), "'pipe' in it is no plain file"),
    "a folder too many": (lambda run: (run / "more").mkdir(), "'more' in it is no plain file"),
    "a file lost": (lambda run: (run / "evidence.parquet").unlink(), "lacks evidence.parquet"),
    "the manifest lost": (lambda run: (run / "manifest.json").unlink(), "lacks manifest.json"),
    "the snapshot lost": (lambda run: shutil.rmtree(run / "snapshot"), "lacks snapshot/manifest.json"),
    "a table lost": (lambda run: (run / "snapshot/orders.parquet").unlink(), "lacks snapshot/orders.parquet"),
    "the workbook lost": (lambda run: (run / "ranked.xlsx").unlink(), "lacks ranked.xlsx"),
    "a file with an odd name": (lambda run: (run / "a\x1b[2J\u202eb").write_text("x"), "no run does"),
    "identities": (
        lambda run: shutil.copy(run / "area.parquet", run / "snapshot/identities.parquet"),
        "'snapshot/identities.parquet', which no run does",
    ),
    "a huge number of files": (
        lambda run: [(run / f"f{n}").write_text("") for n in range(150)],
        "far more than mat writes",
    ),
}


@pytest.mark.parametrize("what", PLACES)
def test_a_directory_that_is_none_of_ours_is_refused(run: Path, what: str) -> None:
    change, expected = PLACES[what]
    change(run)

    said = sentence(run)

    assert expected in said
    assert said.isprintable()


def write_manifest(text: str) -> Change:
    return lambda run: (run / "manifest.json").write_text(text)


def change_manifest(**entries: object) -> Change:
    return lambda run: with_manifest(run, lambda manifest: manifest.update(entries))


def change_inner(**entries: object) -> Change:
    return lambda run: with_manifest(run, lambda manifest: manifest.update(entries), "snapshot/manifest.json")


def drop_hash(run: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        del manifest["content_hashes"]["ranked.parquet"]

    with_manifest(run, change)


MANIFESTS: dict[str, tuple[Change, str]] = {
    "not JSON": (write_manifest("{"), "manifest.json is not JSON"),
    "not text": (lambda run: (run / "manifest.json").write_bytes(b"\xff\xfe\x00"), "is not JSON"),
    "a list": (write_manifest("[]"), "not a JSON object"),
    "deep": (write_manifest("[" * 200_000), "not JSON that can be read"),
    "huge": (write_manifest('{"kind": "run", "x": "' + "x" * 9_000_000 + '"}'), "larger than any such file"),
    "NaN": (write_manifest('{"kind": "run", "x": NaN}'), "not JSON that can be read"),
    "a key twice": (write_manifest('{"kind": "run", "kind": "run"}'), "not JSON that can be read"),
    "a number without end": (write_manifest('{"kind": ' + "9" * 5_000 + "}"), "not JSON that can be read"),
    "another kind": (change_manifest(kind="backtest"), "says kind is 'backtest'"),
    "another contract": (change_manifest(contract_version="2"), "contract_version is '2'"),
    "another contract inside": (change_inner(contract_version="0"), "contract_version is '0'"),
    "a date in the future": (change_manifest(as_of=(TODAY + timedelta(days=1)).isoformat()), "lies in the future"),
    "no date": (change_manifest(as_of="tomorrow"), "as_of as a date"),
    "a date that is a number": (change_manifest(as_of=20240401), "as_of as a date"),
    "no seats": (change_manifest(panel_size=0), "panel_size as a whole number"),
    "seats as yes": (change_manifest(panel_size=True), "panel_size as a whole number"),
    "a model that is text": (change_manifest(model="rfgv"), "does not say model"),
    "another model": (change_manifest(model={"name": "x", "version": "1"}), "do not say the same model"),
    "a NUL in the model": (change_manifest(model={"name": "rf\x00gv", "version": "1"}), "name as a text"),
    "free text in the model": (change_manifest(model={"name": "rfgv of Jane Doe", "version": "1"}), "letters, digits"),
    "a screen cleared": (change_manifest(model={"name": "rfgv", "version": "1\x1b[2J"}), "letters, digits"),
    "writing turned round": (change_manifest(model={"name": "rfgv", "version": "1\u202e"}), "letters, digits"),
    "a letter that looks alike": (change_manifest(model={"name": "rfgv", "version": "\u0430"}), "letters, digits"),
    "a name without end": (change_manifest(model={"name": "r" * 81, "version": "1"}), "at most 80"),
    "free text in the definitions": (
        change_manifest(definitions={"version": "of Jane", "hash": "0"}),
        "letters, digits",
    ),
    "free text in the scale": (change_manifest(scale={"name": "count of Jane", "hash": "0"}), "letters, digits"),
    "a hash that is none": (change_manifest(scale={"name": "count", "hash": "Jane"}), "hash as a hash"),
    "an artefact of another model": (
        change_manifest(model={"name": "ebm", "version": "ebm-1+000000000000", "artefact": "f" * 64}),
        "not of one model",
    ),
    "an artefact that is none": (
        change_manifest(model={"name": "ebm", "version": "1", "artefact": "Jane"}),
        "artefact as a hash",
    ),
    "no hashes": (change_manifest(content_hashes={}), "hashes of other files"),
    "a hash missing": (drop_hash, "hashes of other files"),
    "hashes that are numbers": (change_manifest(content_hashes={"ranked.parquet": 1}), "as texts"),
    "hashes of files elsewhere": (change_manifest(content_hashes={"../../x.parquet": "0"}), "hashes of other files"),
    "extracted when": (change_inner(extracted_at="2024-04-01T00:00:00Z"), "with a zone"),
    "extracted in the future": (change_inner(extracted_at="9999-12-31T23:59:59"), "lies in the future"),
    "synthetic or not": (change_inner(is_synthetic="no"), "is_synthetic as true or false"),
    "no sources": (change_inner(source="x"), "source as a list"),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_that_cannot_be_believed_is_refused(run: Path, what: str) -> None:
    change, expected = MANIFESTS[what]
    change(run)

    assert expected in sentence(run)


@pytest.mark.parametrize("place", ["ranked.parquet", "features.parquet", "snapshot/incidents.parquet"])
def test_a_table_that_was_changed_after_the_run_is_refused(run: Path, place: str) -> None:
    frame = pl.read_parquet(run / place)
    frame.reverse().write_parquet(run / place)

    assert f"{place} does not say what the manifest's hash stands for" in sentence(run)


def with_bytes(place: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda run: (run / place).write_bytes(change((run / place).read_bytes()))


BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"person_id,score\n" * 100,
    "cut": lambda content: content[: len(content) // 2],
    "cut and closed": lambda content: content[: len(content) // 2] + content[-8:],
    "a footer longer than the file": lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1",
    "a footer of zeros": lambda content: content[:-200] + bytes(192) + content[-8:],
    "noise in the pages": lambda content: content[:4] + bytes(b ^ 0x5A for b in content[4:400]) + content[400:],
}


@pytest.mark.parametrize("what", BYTES)
def test_parquet_that_is_damaged_is_refused(run: Path, what: str) -> None:
    with_bytes("ranked.parquet", BYTES[what])(run)

    assert "ranked.parquet" in sentence(run)


def test_every_byte_of_a_table_counts(run: Path) -> None:
    path = run / "evidence.parquet"
    content = path.read_bytes()
    read_in_spite = []
    for at in range(4, len(content) - 8, 31):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        try:
            found = read(run)
        except BadInput:
            continue
        read_in_spite.append(found.evidence.equals(pl.read_parquet(path)))

    assert all(read_in_spite), "what was read is what the hash stands for, or it is refused"


def texts(*cells: str) -> pl.DataFrame:
    return pl.DataFrame({name: list(cells) for name in ("person_id", "feature", "incident_id")})


BOMBS = {
    "long texts": texts(*(f"{n}" + "P" * 100_000 for n in range(50))),
    "one text, told again and again": texts(*["P" * 1_000] * 5_000),
    "many cells": texts(*[""] * 50_000),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_refused(run: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BOMBS[what].write_parquet(run / "evidence.parquet")
    assert (run / "evidence.parquet").stat().st_size < 50_000
    monkeypatch.setattr(frames, "MOST_BYTES", 10_000_000)
    monkeypatch.setattr(frames, "MOST_CELLS", 100_000)

    assert "evidence.parquet unpacks to more than any such file needs" in sentence(run)


def test_what_is_too_large_to_unpack_is_never_unpacked(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = run / "evidence.parquet"
    BOMBS["long texts"].write_parquet(path)
    monkeypatch.setattr(frames, "MOST_BYTES", 10_000_000)
    monkeypatch.setattr(pl, "read_parquet", lambda *_, **__: pytest.fail("it was unpacked"))

    with pytest.raises(ValueError, match="unpacks to more"):
        frames.parsed("evidence.parquet", path.read_bytes(), None)


RANKED: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "a column lost": (lambda frame: frame.drop("tied"), "columns it should"),
    "a column more": (lambda frame: frame.with_columns(secret=pl.lit(1)), "columns it should"),
    "another type": (lambda frame: frame.with_columns(pl.col("score").cast(pl.Float32)), "columns it should"),
    "a person twice": (lambda frame: pl.concat([frame, frame.head(1)]), "a person twice"),
    "an id too long": (person("LEAD", person_id="L" * 201), "an id in person_id"),
    "an empty id": (person("LEAD", person_id=""), "an id in person_id"),
    "a NUL in an id": (person("LEAD", person_id="LE\x00AD"), "NUL character in person_id"),
    "a control in an id": (person("LEAD", person_id="LE\x1b[2JAD"), "an id in person_id"),
    "writing turned round in an id": (person("LEAD", person_id="LE\u202eAD"), "an id in person_id"),
    "an invisible space in an id": (person("LEAD", person_id="LE\u200bAD"), "an id in person_id"),
    "a NUL in a text": (person("LEAD", reason_1="a\x00b"), "NUL character in reason_1"),
    "a screen cleared by a text": (person("LEAD", reason_1="a\x1b[2Jb"), "invisible characters in reason_1"),
    "a text turned round": (person("LEAD", reason_2="a\u202eb"), "invisible characters in reason_2"),
    "a reason turned round": (
        lambda frame: frame.with_columns(
            pl.col("reasons").list.eval(
                pl.struct(
                    feature=pl.lit("a\u2066"),
                    value=pl.element().struct.field("value"),
                    points=pl.element().struct.field("points"),
                )
            )
        ),
        "invisible characters in reasons",
    ),
    "an infinite score": (person("LEAD", score=float("inf")), "infinite number"),
    "a score that is none": (person("LEAD", score=float("nan")), "infinite number"),
    "a score missing": (person("LEAD", score=None), "a score that is no number"),
    "reasons that do not add up": (person("LEAD", score=pl.col("score") + 0.001), "do not add up"),
    "ranks with a gap": (person("LEAD", rank=99, is_listed=False, rank_high=99), "gaps or doubles"),
    "ranks twice": (lambda frame: frame.with_columns(pl.lit(1).cast(pl.Int64).alias("rank")), "gaps or doubles"),
    "held and ranked": (person("LEAD", held_rank=9), "held and ranked at once"),
    "a hold beside a rank": (person("LEAD", hold="under_18", holds=["under_18"]), "held and ranked at once"),
    "listed below the line": (person("LEAD", is_listed=False), "does not follow from the ranks"),
    "a hold of no list": (person("AGAINST", hold="because", holds=["because"]), "breaks a rule"),
    "a gap of no list": (person("LEAD", data_gaps=["whatever"]), "breaks a rule"),
    "a place beyond everybody": (person("AGAINST", held_rank=2**40), "beyond the number of people"),
    "a range beyond everybody": (person("LEAD", rank_high=2**40), "beyond the number of people"),
    "a text without end": (person("LEAD", reason_1="x" * 1_000_001), "over 1,000,000 characters in reason_1"),
    "a stranger": (person("LEAD", person_id="STRANGER"), "neither listed nor held"),
    "another scale": (lambda frame: frame.with_columns(scale=pl.lit("x")), "do not say the same scale"),
}


@pytest.mark.parametrize("what", RANKED)
def test_a_list_that_does_not_hold_together_is_refused(run: Path, what: str) -> None:
    change, expected = RANKED[what]
    with_frame(run, "ranked.parquet", change)

    assert expected in sentence(run)


def test_what_others_may_read_is_said(run: Path) -> None:
    (run / "ranked.parquet").chmod(0o640)

    assert not read(run).is_private


def test_a_path_swapped_under_way_changes_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pl.read_parquet(run / "ranked.parquet")
    opened = os.open

    def swap(path: Any, *args: Any, **options: Any) -> int:
        descriptor = opened(path, *args, **options)
        if path == "area.parquet":
            (run / "area.parquet").write_bytes(b"swapped")
            run.rename(run.parent / "moved")
            copy_of(run.parent / "moved", run)
            (run / "ranked.parquet").write_bytes(b"swapped")
        return descriptor

    content = (run / "area.parquet").read_bytes()
    monkeypatch.setattr(os, "open", swap)
    found = read_directory(run, Wanted(what="run", folders=("snapshot",)))

    assert found.contents["area.parquet"] in {content, b"swapped"}
    assert pl.read_parquet(found.contents["ranked.parquet"]).equals(expected)


def test_a_manifest_of_another_place_names_no_file_outside(run: Path) -> None:
    outside = run.parent / "outside.parquet"
    shutil.copy(run / "area.parquet", outside)

    def change(manifest: dict[str, Any]) -> None:
        manifest["content_hashes"]["../outside.parquet"] = manifest["content_hashes"].pop("area.parquet")

    with_manifest(run, change)

    assert "hashes of other files" in sentence(run)


def test_the_manifest_that_mat_writes_is_json_without_surprises(story_run: Path) -> None:
    assert json.loads((story_run / "manifest.json").read_text())["kind"] == "run"
