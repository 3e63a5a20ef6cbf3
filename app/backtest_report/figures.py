"""The figures of the report: what each shows, in the order of the page.

A figure without anything to show is left out; the page says why. A model has the same colour in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.backtest_report.drawing import Picture, png, style
from app.backtest_report.fold_figures import base_rates_picture, folds_picture
from app.backtest_report.group_figures import ablation_picture, equality_picture
from app.backtest_report.harm_figures import captured_picture, gain_picture, unseen_picture
from app.backtest_report.palette import Ink, inks
from app.backtest_report.people_figures import auc_picture, calibration_picture, listed_picture
from app.backtest_report.readings import Readings
from models.backtest_result import BacktestResult

_MAKERS: tuple[Callable[[Readings, Mapping[str, Ink]], Picture | None], ...] = (
    captured_picture,
    gain_picture,
    folds_picture,
    base_rates_picture,
    listed_picture,
    auc_picture,
    calibration_picture,
    unseen_picture,
    equality_picture,
    ablation_picture,
)


def pictures(result: BacktestResult) -> Mapping[str, Picture]:
    """Every figure that has something to show, by name, in the order of the page."""
    readings = Readings(result)
    colours = inks(result.model_names)
    with style():
        made = [make(readings, colours) for make in _MAKERS]
    return {picture.name: picture for picture in made if picture}


def figures(result: BacktestResult) -> Mapping[str, bytes]:
    """PNG files for a run log, by name without ending; the same result gives the same bytes."""
    return {name: png(picture, is_synthetic=result.is_synthetic) for name, picture in pictures(result).items()}
