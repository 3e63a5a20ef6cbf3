"""Pictures on a page: drawn in the browser by files of the board's own, which are named to Streamlit once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit.components.v2 as drawn_by_files
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from app.components import links
from app.components.text import Html

_ASSETS = Path(links.__file__).parent


def show_graph(data: dict[str, Any], key: str) -> None:
    """Draw the graph of links from what `components.links.graph` gives."""
    name_files("links")
    mount = drawn_by_files.component("mat.links", html=links.MARKUP, css="links.css", js="links.js")
    mount(key=key, data=data)


def show_picture(svg: Html, key: str, called: str) -> None:
    """Draw a picture that components made as SVG; nothing where there is none. `called`: what it is of, on its page."""
    if not svg:
        return
    name_files("picture")
    mount = drawn_by_files.component(
        "mat.picture",
        html='<div class="mat-picture" tabindex="0" role="region" aria-label="Picture"></div>',
        js="picture.js",
        isolate_styles=False,
    )
    mount(key=key, data={"svg": str(svg), "called": called})


def name_files(component: str) -> None:
    """Name the files of a component of the board's own to Streamlit, once."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"mat.{component}") is None:
        of_mat = ComponentConfig(name=component, asset_dir=f"{component}_assets")
        manager.register_from_manifest(ComponentManifest(name="mat", version="1", components=[of_mat]), _ASSETS)
