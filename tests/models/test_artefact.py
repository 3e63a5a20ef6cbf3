from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mat.errors import ArtefactError, OutputError
from mat.schemas.matrix import Direction, FeatureMatrix
from models.artefact import FORMAT_VERSION, SYNTHETIC_TRAINING, Artefact, ArtefactRanker, features_hash, read, write
from models.documents import MOST_BYTES, canonical
from models.labelled import Labelled
from tests.models.small_models import period, small_artefact

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def learnt(make_matrix) -> Labelled:
    return period(make_matrix)


@pytest.fixture(scope="module")
def artefact(learnt: Labelled) -> Artefact:
    return small_artefact([learnt], refits=1)


@pytest.fixture
def file(artefact: Artefact, tmp_path: Path) -> Path:
    write(artefact, tmp_path / "model.json")
    return tmp_path / "model.json"


def test_a_model_taken_up_scores_exactly_as_before(artefact: Artefact, learnt: Labelled, file: Path) -> None:
    before = ArtefactRanker.of(artefact)

    after = ArtefactRanker.of(read(file))

    assert after.score(learnt.matrix).frame.equals(before.score(learnt.matrix).frame)
    assert after.expectation(learnt.matrix).equals(before.expectation(learnt.matrix))
    assert [each.name for each in after.variants()] == [each.name for each in before.variants()]
    assert after.version == before.version
    assert replace(after.artefact, ranker=artefact.ranker) == artefact


def test_the_same_training_gives_the_same_file_and_another_seed_another_hash(
    artefact: Artefact, learnt: Labelled, file: Path, tmp_path: Path
) -> None:
    write(small_artefact([learnt], refits=1), tmp_path / "again.json")

    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()
    assert small_artefact([learnt], refits=1, seed=2).content_hash != artefact.content_hash


def test_version_names_learner_algorithm_and_hash(artefact: Artefact) -> None:
    assert re.fullmatch(r"scorecard-[\w.]+\+[0-9a-f]{12}", ArtefactRanker.of(artefact).version)
    assert ArtefactRanker.of(artefact).version.endswith(artefact.content_hash[:12])


def test_the_file_reads_from_what_it_is_to_its_numbers_and_is_its_owners_alone(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))

    assert list(document)[:6] == ["format", "format_version", "content_hash", "model", "algorithm_version", "about"]
    assert list(document).index("training") < list(document).index("parameters")
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_artefact_is_never_written_over(artefact: Artefact, file: Path) -> None:
    with pytest.raises(OutputError, match="exists already"):
        write(artefact, file)


def change_a_number(text: str) -> str:
    return text.replace('"people": 300', '"people": 301')


def add_a_space(text: str) -> str:
    return text.replace('"model":', '"model" :')


def double_a_key(text: str) -> str:
    return text.replace('"is_synthetic": false', '"is_synthetic": true,\n  "is_synthetic": false')


def turn_line_ends(text: str) -> str:
    return text.replace("\n", "\r\n")


@pytest.mark.parametrize("edit", [change_a_number, add_a_space, double_a_key, turn_line_ends])
def test_an_edit_is_refused_and_says_what_to_do(file: Path, edit) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_bytes(edit(text).encode())
    assert edit(text) != text

    with pytest.raises(ArtefactError, match=rf"{file} was changed after it was written: train the model again"):
        read(file)


def test_no_single_changed_byte_goes_unseen(file: Path) -> None:
    original = file.read_bytes()

    for place in range(0, len(original), max(1, len(original) // 200)):
        file.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        with pytest.raises(ArtefactError):
            read(file)


DEEP = "[" * 200_000 + "]" * 200_000

NOT_MODELS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is not JSON that mat wrote"),
    "not JSON": (b"{", "is not JSON that mat wrote"),
    "not text": (b"\xff\xfe{}", "is not text"),
    "a pickle": (b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94.", "is not text"),
    "a list": (b"[]", "is not a JSON object"),
    "nested deeply": (DEEP.encode(), "is not JSON that mat wrote"),
    "NaN": (b'{"format": NaN}', "is not JSON that mat wrote"),
    "beyond a float": (b'{"format": 1e999}', "is not JSON that mat wrote"),
    "a long number": (b'{"format": ' + b"9" * 5000 + b"}", "is not JSON that mat wrote"),
    "another file of mat": (b'{"kind": "run"}', "is not a model's file"),
    "a later format": (b'{"format": "mat model", "format_version": 99}', f"this mat reads {FORMAT_VERSION}"),
}


@pytest.mark.parametrize("case", NOT_MODELS)
def test_what_is_no_model_is_one_sentence(case: str, tmp_path: Path) -> None:
    content, told = NOT_MODELS[case]
    (tmp_path / "model.json").write_bytes(content)

    with pytest.raises(ArtefactError, match=told) as raised:
        read(tmp_path / "model.json")

    assert "\n" not in str(raised.value)


def test_links_pipes_folders_and_huge_files_are_not_read(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(file)
    (tmp_path / "circle.json").symlink_to(tmp_path / "circle.json")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "huge.json").touch()
    os.truncate(tmp_path / "huge.json", MOST_BYTES + 1)
    told = {
        tmp_path / "link.json": "is a link",
        tmp_path / "circle.json": "is a link",
        tmp_path / "pipe.json": "is not a file",
        tmp_path: "is not a file",
        tmp_path / "huge.json": "is larger than any file mat writes",
        tmp_path / "nowhere.json": "No such file",
    }

    for path, words in told.items():
        with pytest.raises(ArtefactError, match=words):
            read(path)


def forge(file: Path, **changed: object) -> None:
    """Change entries and make the hash and the layout fit again."""
    import hashlib

    document = {**json.loads(file.read_text(encoding="utf-8")), **changed}
    document.pop("content_hash")
    entries = list(document.items())
    pinned = hashlib.sha256(canonical(document).encode()).hexdigest()
    whole = dict([*entries[:2], ("content_hash", pinned), *entries[2:]])
    file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"model": "oracle"}, "oracle"),
        ({"algorithm_version": "0"}, "is of version 0 of scorecard"),
        ({"parameters": {}}, "the scorecard"),
        ({"parameters": {"code": "__import__('os').system('true')"}}, "the scorecard"),
        ({"training": []}, "training should be an object"),
        ({"training": {}}, "training has no periods"),
        ({"features": [{"name": 1}]}, "should be text"),
        ({"is_synthetic": "no"}, "is_synthetic should be true or false"),
        ({"left_out": {"more": "than the model has"}}, "would not have written"),
    ],
)
def test_a_forged_file_is_one_sentence_too(file: Path, changed: dict[str, object], told: str) -> None:
    forge(file, **changed)

    with pytest.raises(ArtefactError, match=told) as raised:
        read(file)

    assert "\n" not in str(raised.value)


def without_band(found: Any) -> None:
    found["parameters"]["bands"].pop()


def first(key: str, value: object) -> Callable[[Any], None]:
    def edit(found: Any) -> None:
        found["parameters"]["bands"][0][key] = value

    return edit


def entry(key: str, value: object) -> Callable[[Any], None]:
    def edit(found: Any) -> None:
        found["parameters"][key] = value

    return edit


def points(first_band: int) -> Callable[[Any], None]:
    def edit(found: Any) -> None:
        found["parameters"]["bands"][0]["points"][0] = first_band

    return edit


def point_down(found: Any) -> None:
    for feature in found["features"]:
        feature["direction"] = "down"


def point_nowhere(found: Any) -> None:
    found["features"][0]["direction"] = "sideways"


def double_a_feature(found: Any) -> None:
    found["features"].append(found["features"][0])


def double_a_band(found: Any) -> None:
    found["parameters"]["bands"].append(found["parameters"]["bands"][0])


def turn_a_refit(found: Any) -> None:
    found["parameters"]["refits"][0]["bands"][0]["points"].reverse()


def refit_a_refit(found: Any) -> None:
    refits = found["parameters"]["refits"]
    refits[0]["refits"] = [dict(refits[0])]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (first("feature", "da_victim_count_all"), "reads 'da_victim_count_all', which no model may read"),
        (first("feature", "ethnicity"), "reads 'ethnicity', which no model may read"),
        (double_a_band, "reads '.*' twice"),
        (points(10**400), "is not JSON that mat wrote"),
        (points(-(10**7)), "points of bands 1 of the scorecard must be at most 1,000,000 from 0"),
        (first("not_known", 10**7), "not_known of bands 1 of the scorecard must be at most 1,000,000 from 0"),
        (entry("base", 10**7), "base of the scorecard must be at most 1,000,000 from 0"),
        (points(999), "gives for .* goes against its direction, up"),
        (point_down, "gives for .* goes against its direction, down"),
        (point_nowhere, "points 'sideways', which is no direction"),
        (double_a_feature, "names a feature twice"),
        (turn_a_refit, "gives for .* goes against its direction, up"),
        (refit_a_refit, "has refits of its own"),
        (entry("slope", -0.01), "slope of the scorecard must be 0 or above"),
        (entry("slope", 1e300), "slope of the scorecard must be at most 1,000 from 0"),
        (entry("intercept", -1e300), "intercept of the scorecard must be at most 1,000 from 0"),
    ],
)
def test_a_forged_model_that_no_training_could_have_made_is_refused(
    file: Path, edit: Callable[[Any], None], told: str
) -> None:
    found = json.loads(file.read_text(encoding="utf-8"))
    edit(found)
    forge(file, **found)

    with pytest.raises(ArtefactError, match=rf"{file} .*{told}.*train the model again") as raised:
        read(file)

    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("edit", [without_band, points(-(10**6)), entry("slope", 0.0)])
def test_a_forged_model_within_bounds_is_read(file: Path, edit: Callable[[Any], None]) -> None:
    """The hash has no key: an edit that a training could have made cannot be found out."""
    found = json.loads(file.read_text(encoding="utf-8"))
    edit(found)
    forge(file, **found)

    assert read(file).content_hash == json.loads(file.read_text(encoding="utf-8"))["content_hash"]


@pytest.mark.parametrize("key", ["people", "label_days", "high_harm"])
def test_a_whole_number_larger_than_any_mat_writes_is_refused(file: Path, key: str) -> None:
    found = json.loads(file.read_text(encoding="utf-8"))
    found["training"][key] = 10**400
    forge(file, **found)

    with pytest.raises(ArtefactError, match=f"{file} is not JSON that mat wrote"):
        read(file)


def test_a_file_forged_back_to_itself_is_read(file: Path, artefact: Artefact) -> None:
    forge(file)

    assert read(file).content_hash == artefact.content_hash


def fewer(matrix: FeatureMatrix) -> FeatureMatrix:
    return replace(matrix, specs=tuple(spec for spec in matrix.specs if spec.name != "harm_90d"))


def turned(matrix: FeatureMatrix) -> FeatureMatrix:
    specs = [replace(each, direction=Direction.DOWN) if each.name == "harm_90d" else each for each in matrix.specs]
    return replace(matrix, specs=tuple(specs))


def longer(matrix: FeatureMatrix) -> FeatureMatrix:
    specs = [replace(each, window="91d") if each.name == "harm_90d" else each for each in matrix.specs]
    return replace(matrix, specs=tuple(specs))


def more(matrix: FeatureMatrix) -> FeatureMatrix:
    return replace(matrix, specs=(*matrix.specs, replace(matrix.specs[0], name="harm_91d")))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (fewer, "harm_90d is not counted any more"),
        (turned, "harm_90d points another way"),
        (longer, "harm_90d counts another window"),
        (more, "harm_91d is new"),
    ],
)
def test_another_feature_set_is_refused(artefact: Artefact, learnt: Labelled, change, told: str) -> None:
    other = change(learnt.matrix)
    ranker = ArtefactRanker.of(artefact)

    for ask in (ranker.score, ranker.scores, ranker.expectation):
        with pytest.raises(ArtefactError, match=rf"of another feature set \({told}\)"):
            ask(other)
    assert features_hash(other.specs) != features_hash(learnt.matrix.specs)


def test_features_no_model_may_read_and_their_order_make_no_difference(artefact: Artefact, learnt: Labelled) -> None:
    barred = replace(learnt.matrix.specs[0], name="new_but_barred", model_use=False)
    specs = (barred, *reversed(learnt.matrix.specs))

    artefact.refuse_other_features(specs)

    assert features_hash(specs) == artefact.hashes.features


def test_the_note_says_another_scale_and_invented_training(learnt: Labelled) -> None:
    ranker = ArtefactRanker.of(small_artefact([learnt], is_synthetic=True))

    note = ranker.score(replace(learnt.matrix, scale="count")).note

    assert note is not None
    assert note.startswith(SYNTHETIC_TRAINING)
    assert "trained under the scale statutory_max_days, ranked under count" in note


def test_an_ordinary_list_has_no_note(artefact: Artefact, learnt: Labelled) -> None:
    assert ArtefactRanker.of(artefact).score(learnt.matrix).note is None


def test_nothing_in_models_can_execute_what_was_stored() -> None:
    executes = re.compile(
        r"\b(pickle|joblib|cloudpickle|dill|marshal|shelve|skops)\b|(?<!\.)\b(eval|exec|compile|__import__)\("
        r"|mlflow\.\w+\.load|load_model|log_model|import_module"
    )
    found = [
        f"{path.name}:{number}"
        for path in sorted(MODELS.glob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if executes.search(line)
    ]

    assert len(list(MODELS.glob("*.py"))) > 10
    assert found == []
