"""The report as one HTML page: no script, no request, everything that comes from data escaped.

The same result gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from app.backtest_report import fold_tables, group_tables, harm_tables, making, people_tables, prose
from app.backtest_report.drawing import Picture, svg
from app.backtest_report.figures import pictures
from app.backtest_report.palette import ALL_INKS, inks
from app.backtest_report.readings import BASELINE, Readings
from app.backtest_report.table import Table
from app.backtest_report.words import GLOSSARY, SYNTHETIC, day, period
from models.backtest_result import BacktestResult

_PAGE = "report.html.j2"
_STYLE = "report.css"


def render_html(result: BacktestResult) -> str:
    """The whole page."""
    readings = Readings(result)
    environment = Environment(
        autoescape=True, loader=FunctionLoader(_read), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(_PAGE).render(
        style=Markup(_colours() + _read(_STYLE)),  # noqa: S704
        result=result,
        headline=prose.headline(readings),
        reasons=prose.reasons(readings),
        meaning=prose.meaning(readings),
        limits=prose.limits(readings),
        cautions=prose.cautions(readings),
        listed=prose.listed(readings),
        cold_start=prose.cold_start(readings),
        champion=readings.champion,
        baseline=BASELINE,
        last=day(readings.last) if readings.last else "",
        period=period(result.label_days),
        record=readings.record,
        judged=len(readings.judged),
        synthetic=SYNTHETIC,
        tables=_tables(readings),
        equality=group_tables.equality_tables(readings),
        figures=_figures(pictures(result)),
        glossary=GLOSSARY,
    )


def _tables(readings: Readings) -> Mapping[str, Table | None]:
    colours = inks(readings.result.model_names)
    return {
        "captured": harm_tables.captured_table(readings, colours),
        "of_oracle": harm_tables.of_oracle_table(readings, colours),
        "of_all": harm_tables.of_all_table(readings, colours),
        "gain": harm_tables.gain_table(readings, colours),
        "unseen": harm_tables.unseen_table(readings),
        "folds": fold_tables.folds_table(readings),
        "refused": fold_tables.refused_table(readings),
        "captured_by_fold": fold_tables.captured_by_fold_table(readings, colours),
        "custody": fold_tables.custody_table(readings),
        "confusion_any": people_tables.confusion_table(readings, "any", colours),
        "confusion_serious": people_tables.confusion_table(readings, "serious", colours),
        "auc": people_tables.auc_table(readings, colours),
        "calibration": people_tables.calibration_table(readings, colours),
        "bins": people_tables.bins_table(readings),
        "stability": group_tables.stability_table(readings),
        "ablation": group_tables.ablation_table(readings),
        "detectors": making.detectors_table(readings),
        "settings": making.settings_table(readings.result),
        "models": making.models_table(readings.result),
        "hashes": making.hashes_table(readings.result),
        "seconds": making.seconds_table(readings.result),
    }


def _figures(made: Mapping[str, Picture]) -> Mapping[str, tuple[str, Markup]]:
    return {name: (picture.title, svg(picture)) for name, picture in made.items()}


def _read(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")


def _colours() -> str:
    light = "".join(f"{ink.variable}:{ink.light};" for ink in ALL_INKS)
    dark = "".join(f"{ink.variable}:{ink.dark};" for ink in ALL_INKS)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
