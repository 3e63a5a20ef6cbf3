"""A choice of one, or of several, by their words: no two of them have the same, so that what was clicked is done."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from app.components.text import told_apart

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

K = TypeVar("K", bound=Hashable)


def choose(
    label: str,
    options: Mapping[K, str],
    *,
    more: Mapping[K, str] | None = None,
    index: int | None = None,
    placeholder: str = "Choose",
    key: str | None = None,
    at: DeltaGenerator | ModuleType = st,
) -> K | None:
    """One of `options`, each with its words; None = nobody has chosen yet.

    `more`: what tells those apart whose words are the same. `index`: which one it begins with; None = with none.
    `at`: the column it stands in.
    """
    words = told_apart(options, more)
    chosen: K | None = at.selectbox(
        label, list(words), index=index, format_func=words.__getitem__, placeholder=placeholder, key=key
    )
    return chosen


def choose_several(label: str, options: Mapping[K, str]) -> list[K]:
    """Any number of `options`, each with its words."""
    words = told_apart(options)
    return st.multiselect(label, list(words), format_func=words.__getitem__)
