"""The action catalogue: whatever a suspect notices waits for the gate; and files that are no catalogue."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from app.tasking.catalogue import Catalogue, load_catalogue
from mat.errors import SettingsError
from mat.store.panel_vocabulary import Heading, Reaches


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_there_is_something_to_do_under_every_heading(catalogue: Catalogue) -> None:
    assert all(len(catalogue.under(heading)) >= 4 for heading in Heading)
    assert sum(len(catalogue.under(heading)) for heading in Heading) == len(catalogue.kinds)


def test_whatever_somebody_notices_waits_for_the_gate(catalogue: Catalogue) -> None:
    noticed = {kind.code for kind in catalogue.kinds.values() if kind.reaches is not Reaches.NOTHING}

    assert {kind.code for kind in catalogue.kinds.values() if kind.needs_gate} == noticed
    assert {"right_to_know", "notification_letter", "notification_visit", "neighbourhood_contact"} <= noticed


def test_a_landlords_powers_are_there(catalogue: Catalogue) -> None:
    codes = {"tenancy_visit", "tenancy_warning", "injunction", "possession", "partner_landlord"}

    assert {catalogue.kind(code).owner.value for code in codes} == {"housing"}
    assert all(catalogue.kind(code).needs_address for code in codes)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("housing", r"no action 'housing': did you mean housing_move_on\?"),
        ("zzz", r"no action 'zzz': see `mat actions kinds`\."),
    ],
)
def test_an_unknown_code_is_refused_with_what_to_do(catalogue: Catalogue, code: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        catalogue.kind(code)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'heading = "support"',
            'heading = "help"',
            r"\('housing_move_on'\): heading should be one of support, prevention",
        ),
        ('owner = "housing"', 'owner = "landlord"', r"owner should be one of police"),
        ('reaches = "visit"', 'reaches = "phone"', r"reaches should be one of visit, letter"),
        ("needs_address = true", 'needs_address = "yes"', "needs_address should be true or false, not 'yes'"),
        ('code = "housing_move_on"', 'code = "Housing move"', "a code is 3 to 41 small letters"),
        ('code = "housing_move_on"', 'code = "recall"', "has the action 'recall' twice"),
        ('code = "housing_move_on"', "", "action 1 lacks code"),
        ('code = "housing_move_on"', 'code = "housing_move_on"\nneeds_gate = false', "'needs_gate' is not a setting"),
        ('version = "1"', "", "lacks version"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    shipped = files("mat").joinpath("config", "actions.toml").read_text(encoding="utf-8")
    assert old in shipped
    own = tmp_path / "own.toml"
    own.write_text(shipped.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(SettingsError, match=sentence):
        load_catalogue(own)


@pytest.mark.parametrize(
    "content", ['version = "1"\naction = []\n', 'version = "1"\naction = 3\n', 'version = "1"\naction = [3]\n']
)
def test_a_catalogue_without_an_action_is_none(tmp_path: Path, content: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"at least once|should be a table"):
        load_catalogue(own)
