"""The page of the month names everybody who plays in it and every scene, in their order, and no other."""

from __future__ import annotations

from app.tasking.demonstration.cast import PARTS, SERVICES
from app.tasking.demonstration.people import EVERYBODY
from app.tasking.demonstration.playing import SCENES
from mat.store.panel_vocabulary import Decided
from tests.architecture.pages import page, tables


def test_the_page_names_everybody_and_every_scene() -> None:
    who, scenes = tables("demonstration.md")

    assert sorted(who.column("who")) == sorted(part.name for part in PARTS)
    assert scenes.column("scene") == ["Everybody comes to work", *(title for title, _ in SCENES)]
    assert [name for name in SERVICES if name not in page("demonstration.md")] == []


def test_the_story_decides_under_every_heading_and_gives_every_decided_case_something_to_do() -> None:
    decided = {heading for person in EVERYBODY.values() for heading, _ in person.decided}

    assert decided == set(Decided) - {Decided.DISCHARGE}
    for key, person in EVERYBODY.items():
        assert bool(person.tasks) == bool(person.decided and key != "no_action"), key
