"""From what was typed to what is meant: settings, scale, model, definitions and reviews, checked before long work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.chosen_model import chosen_model, why_on_trial
from app.pipeline import Choices
from app.ranked_list import FLAGS
from mat.definitions import load_definitions
from mat.errors import BadInput, SettingsError
from mat.harm import load_scale
from mat.reviews import load_reviews
from mat.settings import Settings
from models.register import WITHOUT_CHAMPION

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was typed; None = take the setting."""

    as_of: str
    config: Path | None
    scale: str | None
    high_harm: float | None
    reviews: Path | None
    model: str | None = None
    top: int | None = None


def choose(given: Given, settings: Settings, *, is_ranked: bool = True) -> Choices:
    """Everything a list depends on besides the records, read and checked; without a model where nothing is ranked.

    Raises:
        BadInput: a date, scale, model, definitions file or reviews directory cannot be used.
    """
    high_harm = settings.high_harm if given.high_harm is None else given.high_harm
    asked = given.model or settings.model
    model, artefact = chosen_model(asked, settings.data_dir) if is_ranked else (WITHOUT_CHAMPION, None)
    choices = Choices(
        as_of=read_date(given.as_of),
        scale=load_scale(given.scale or settings.harm_scale, high_harm=high_harm),
        model=model,
        panel_size=given.top or settings.panel_size,
        definitions=load_definitions(settings.definitions),
        rfgv=settings.rfgv,
        seed=settings.seed,
        reviews=load_reviews(given.reviews),
        high_harm=high_harm,
        artefact=artefact,
        trial=why_on_trial(artefact, settings.data_dir),
    )
    choices.ranker()
    missing = [flag for flag in FLAGS if flag not in {rule.name for rule in choices.definitions.flags}]
    if missing:
        raise SettingsError(
            f"{settings.definitions} does not define the flag {missing[0]}, which every list shows: compare it with "
            "the shipped definitions.toml."
        )
    return choices


def read_date(text: str) -> date:
    """An as-of date.

    Raises:
        BadInput: not a date written YYYY-MM-DD.
    """
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadInput(f"--as-of should be a date such as 2026-03-31, found {text!r}.")
