from __future__ import annotations

import re

import pytest

from app.look.palette import DARK, LIGHT, PAIRS, SERIES, Palette, colours, contrast
from app.look.theme import streamlit_theme, style_sheet

AA_TEXT = 4.5
AA_EDGES = 3.0


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_can_be_read_on_its_ground(palette: Palette, text: str, ground: str) -> None:
    named = colours(palette)

    assert contrast(named[text], named[ground]) >= AA_TEXT


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_fields_and_series_of_charts_stand_out(palette: Palette) -> None:
    assert contrast(palette.edge, palette.ground) >= AA_EDGES
    assert contrast(palette.edge, palette.panel) >= AA_EDGES
    assert all(contrast(each, LIGHT.ground) >= AA_EDGES for each in SERIES)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_style_sheet_names_no_colour_that_the_palette_has_not_and_fetches_nothing() -> None:
    rules = style_sheet()

    used = set(re.findall(r"var\(--([a-z-]+)\)", rules))
    assert used <= {name.replace("_", "-") for name in colours(LIGHT)}
    assert "url(" not in rules
    assert "@import" not in rules


def test_every_option_of_the_theme_is_one_that_streamlit_knows() -> None:
    from streamlit import config

    config.get_config_options()
    assert set(streamlit_theme()) <= set(config._config_options_template)
