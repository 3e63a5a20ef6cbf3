"""How a word of a closed list is written for people."""

from __future__ import annotations

import pytest

from mat.wording import code_in_words


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("spo", "SPO"),
        ("dvds_right_to_ask", "DVDS right to ask"),
        ("non_molestation", "non-molestation"),
        ("25_34", "25-34"),
        ("55_and_over", "55 and over"),
        ("panel_member", "panel member"),
    ],
)
def test_a_code_is_written_as_people_write_it(code: str, written: str) -> None:
    assert code_in_words(code) == written
