"""The colours of the board, chosen once for light and for dark; every pair of text and ground meets WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours as #rrggbb. `ground`: of the page; `panel`: of cards and the side bar; `edge`: of fields, 3:1 and more.

    `good`, `warn`, `bad`, `info`, `plain`: the text of tags and notices, each on its own `..._ground`.
    """

    ground: str
    panel: str
    text: str
    quiet: str
    line: str
    edge: str
    link: str
    action: str
    on_action: str
    band: str
    on_band: str
    focus: str
    on_focus: str
    good: str
    good_ground: str
    warn: str
    warn_ground: str
    bad: str
    bad_ground: str
    info: str
    info_ground: str
    plain: str
    plain_ground: str


LIGHT = Palette(
    ground="#ffffff",
    panel="#f4f5f7",
    text="#16191d",
    quiet="#4a5158",
    line="#c9ced4",
    edge="#6b747d",
    link="#1a4f94",
    action="#1a4f94",
    on_action="#ffffff",
    band="#14233a",
    on_band="#ffffff",
    focus="#ffdd00",
    on_focus="#16191d",
    good="#0b4f2c",
    good_ground="#d9efe2",
    warn="#5f3b00",
    warn_ground="#fdeccb",
    bad="#8a1212",
    bad_ground="#fbe0de",
    info="#123e75",
    info_ground="#dce9f8",
    plain="#343a40",
    plain_ground="#e4e7ea",
)
DARK = Palette(
    ground="#14181d",
    panel="#1d232a",
    text="#e9ecef",
    quiet="#b3bbc4",
    line="#3b444e",
    edge="#8a949e",
    link="#9ac1f5",
    action="#9ac1f5",
    on_action="#10151b",
    band="#0a1220",
    on_band="#ffffff",
    focus="#ffdd00",
    on_focus="#16191d",
    good="#a9e0bf",
    good_ground="#123626",
    warn="#f5cf86",
    warn_ground="#42300c",
    bad="#f6b1ab",
    bad_ground="#4a1917",
    info="#b0d0f7",
    info_ground="#17304f",
    plain="#d5dae0",
    plain_ground="#323a43",
)
#: Text and the ground it stands on, by name.
PAIRS = (
    ("text", "ground"), ("text", "panel"), ("quiet", "ground"), ("quiet", "panel"), ("link", "ground"),
    ("link", "panel"), ("on_action", "action"), ("on_band", "band"), ("on_focus", "focus"), ("good", "good_ground"),
    ("warn", "warn_ground"), ("bad", "bad_ground"), ("info", "info_ground"), ("plain", "plain_ground"),
    ("text", "info_ground"), ("text", "warn_ground"), ("text", "bad_ground"), ("text", "good_ground"),
    ("bad", "ground"),
)  # fmt: skip
#: For series of charts: told apart in both themes and by people who do not see all colours; never colour alone.
SERIES = ("#1a4f94", "#b85c00", "#4b7f3a", "#7b4a9b", "#8a6d00", "#5d6770")


def variables(palette: Palette) -> str:
    """The colours as custom properties of CSS."""
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours(palette).items())


def colours(palette: Palette) -> Mapping[str, str]:
    """The colours by name."""
    return {field.name: str(getattr(palette, field.name)) for field in fields(palette)}


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart by WCAG: 1 (not at all) to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
