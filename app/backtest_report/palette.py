"""One colour and one marker per model, the same in every figure, table and run.

The colours can be told apart by colour-blind readers and stand out from both backgrounds by 3:1 or more; markers and
names say the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """A colour on a light and on a dark page; `variable` is its name in the style sheet."""

    variable: str
    light: str
    dark: str
    marker: str = "o"


#: Colours that belong to no model.
TEXT = Ink(variable="--text", light="#1d2530", dark="#e6e9ee")
MUTED = Ink(variable="--muted", light="#56606d", dark="#a9b2be")
RULE = Ink(variable="--rule", light="#d3d8de", dark="#3a434e")
PAPER = Ink(variable="--paper", light="#ffffff", dark="#171c22")

_MODELS: Mapping[str, Ink] = MappingProxyType(
    {
        "random": Ink(variable="--model-random", light="#7d8590", dark="#97a1ad", marker="x"),
        "count_365d": Ink(variable="--model-count", light="#8a6a10", dark="#d9b84b", marker="^"),
        "harm_365d": Ink(variable="--model-harm", light="#b23a6f", dark="#f08bb5", marker="v"),
        "rfgv": Ink(variable="--model-rfgv", light="#333b47", dark="#d4dae3", marker="s"),
        "scorecard": Ink(variable="--model-scorecard", light="#0063a6", dark="#6db6ff", marker="o"),
        "ebm": Ink(variable="--model-ebm", light="#c24a00", dark="#ff9d63", marker="D"),
        "boosted": Ink(variable="--model-boosted", light="#007a58", dark="#4ecaa1", marker="P"),
        "hurdle": Ink(variable="--model-hurdle", light="#7d48a5", dark="#c8a1ea", marker="p"),
    }
)

_SPARE = (
    Ink(variable="--model-spare-1", light="#00727c", dark="#56c7d2", marker="<"),
    Ink(variable="--model-spare-2", light="#6b6b00", dark="#c3c34a", marker=">"),
    Ink(variable="--model-spare-3", light="#a0402c", dark="#f0917d", marker="h"),
    Ink(variable="--model-spare-4", light="#4b5fb8", dark="#9caef7", marker="*"),
)

ALL_INKS = (TEXT, MUTED, RULE, PAPER, *_MODELS.values(), *_SPARE)


def inks(model_names: Iterable[str]) -> Mapping[str, Ink]:
    """The ink of each model; a model without one of its own takes the spare ones in turn."""
    chosen: dict[str, Ink] = {}
    spare = 0
    for name in model_names:
        if name in _MODELS:
            chosen[name] = _MODELS[name]
        else:
            chosen[name] = _SPARE[spare % len(_SPARE)]
            spare += 1
    return MappingProxyType(chosen)
