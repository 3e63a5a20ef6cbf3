"""Which pages `make screenshots` draws: those of the board that differ in more than whom they are about."""

from __future__ import annotations

import pytest

from tests.screenshots import kind_of

CASE = "01a2087f-8d9c-7782-a3b2-f73f3ada2ef3"


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("/", "my-work"),
        ("/candidates", "candidates"),
        (f"/candidates?chosen={CASE}", "candidates-chosen"),
        (f"/subject?case={CASE}&part=why", "subject-case-why"),
        (f"/subject?case={CASE}&part=why&on=2024-04-01", "subject-case-why-on"),
        (f"/area?panel={CASE}&part=wards&what=victims", "area-wards-victims"),
        ("/assurance?after=1022", "assurance"),
    ],
)
def test_pages_of_one_kind_have_one_name(link: str, kind: str) -> None:
    assert kind_of(link) == kind
