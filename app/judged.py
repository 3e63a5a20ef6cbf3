"""What a finished backtest says of a model, read from its directory, and whether it may promote that model.

A model is promoted only on a verdict that names it, reached under the same rules, weights, features and label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from app.backtesting import doubts
from mat.errors import BadInput
from models.artefact import Artefact, Hashes, Training
from models.documents import Entries, read_object
from models.promotion import Verdict
from models.trained import Json

_MEND = "name the directory that `mat backtest` wrote"

#: What must be the same of the evidence and the model: entry of the hashes -> how it is said.
_PINNED = {"definitions": "definitions", "scale": "harm scale or high-harm threshold", "features": "features"}

#: Pooled figures of the model that its file carries along.
_FIGURES = ("captured", "captured_of_oracle", "gain", "auc", "pr_auc", "calibration_in_the_large", "calibration_slope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A backtest as far as a promotion rests on it. `settings`: the method, by the names of its file."""

    directory: Path
    verdict: Verdict
    hashes: Mapping[str, Json]
    settings: Mapping[str, Json]
    is_synthetic: bool

    def evidence(self, model: str) -> Mapping[str, Json]:
        """What a model's file or its promotion carries along: the verdict and the model's own pooled figures."""
        return {
            "verdict": self.verdict.to_json(),
            "is_synthetic": self.is_synthetic,
            "hashes": self.hashes,
            "figures": _figures(self.directory / "metrics.parquet", model, self.verdict.panel_size),
        }

    def metrics(self, model: str) -> Mapping[str, float]:
        """The same figures by name, for the run log."""
        figures = _figures(self.directory / "metrics.parquet", model, self.verdict.panel_size)
        parts = ("metric", "label", "capacity")
        named = {"_".join(str(each[part]) for part in parts if each[part]): each["value"] for each in figures}
        return {name: value for name, value in named.items() if isinstance(value, float)}

    def why_of_other_rules(self, hashes: Hashes) -> str | None:
        """One sentence where the backtest was made under other rules than `hashes`, else None."""
        own = hashes.as_json()
        for name, words in _PINNED.items():
            if self.hashes.get(name) != own[name]:
                return f"the backtest {self.directory} was made with other {words}: make one with the same."
        return None

    def why_not(self, artefact: Artefact, *, panel_size: int, rfgv: str) -> str | None:
        """One sentence why the model may not be promoted on this backtest; None = it may.

        `panel_size` and `rfgv` (the hash of the points table) are those of the panel the model is to rank for.
        """
        if self.verdict.champion != artefact.model:
            named = f"the backtest {self.directory} names {self.verdict.champion} as champion, not {artefact.model}"
            return f"{named}: {' '.join(self.verdict.sentences)}"
        if self.is_synthetic and not artefact.is_synthetic:
            return (
                f"the backtest {self.directory} was made on invented people, which says nothing about a model of real "
                "ones: make one on the records it learnt from."
            )
        return (
            self._why_unfounded()
            or self._why_another_panel(panel_size, rfgv)
            or self.why_of_other_rules(artefact.hashes)
            or self._why_another_question(artefact.training)
        )

    def _why_unfounded(self) -> str | None:
        """The verdict must be what the figures and the detectors beside it come to."""
        verdict = self.verdict
        metrics = _table(self.directory / "metrics.parquet")
        gain = metrics.filter(
            pl.col("as_of") == verdict.fold,
            pl.col("model") == verdict.candidate,
            pl.col("metric") == "gain",
            pl.col("capacity") == str(verdict.panel_size),
        ).select("value", "low", "high")
        seen = doubts(_table(self.directory / "detectors.parquet"))
        if gain.rows() == [(verdict.gain, verdict.low, verdict.high)] and not seen:
            return None
        return f"the verdict in {self.directory} is not what its own figures come to: make the backtest again."

    def _why_another_panel(self, panel_size: int, rfgv: str) -> str | None:
        if self.settings.get("panel_size") != panel_size:
            return (
                f"the backtest {self.directory} was judged at {self.settings.get('panel_size')} seats, and the panel "
                f"has {panel_size}: make one with the panel's own panel_size."
            )
        if self.settings.get("rfgv") != rfgv:
            return (
                f"the backtest {self.directory} was measured against another rfgv points table than the one in use: "
                "make one against the table in use."
            )
        return None

    def _why_another_question(self, training: Training) -> str | None:
        asked: dict[str, Json] = {
            "label_days": training.label_days,
            "population_days": training.population_days or 0,
        }
        if training.target is not None:
            asked["target"] = training.target.value
        for name, learnt in asked.items():
            if self.settings.get(name) != learnt:
                return (
                    f"the backtest {self.directory} judged models with {name} {self.settings.get(name)}, this one was "
                    f"trained with {learnt}: train and judge with the same [backtest] settings."
                )
        return None


def read_judged(directory: Path) -> Judged:
    """What the backtest in `directory` found.

    Raises:
        BadInput: not a backtest, or one whose verdict was changed.
    """
    if not directory.is_dir():
        raise BadInput(f"{directory} is not a backtest: {_MEND}.")
    name = str(directory / "manifest.json")
    manifest = Entries(values=read_object(directory / "manifest.json", _MEND), name=name, mend=_MEND)
    if manifest.values.get("kind") != "backtest":
        raise BadInput(f"{directory} is not a backtest: {_MEND}.")
    return Judged(
        directory=directory,
        verdict=Verdict.from_json(read_object(directory / "verdict.json", _MEND)),
        hashes=manifest.mapping("hashes"),
        settings=manifest.mapping("settings"),
        is_synthetic=manifest.flag("is_synthetic"),
    )


def _figures(path: Path, model: str, panel_size: int) -> Sequence[Mapping[str, Json]]:
    """One entry per figure, the mean over the folds, of those without seats or at the panel's own."""
    return (
        _table(path)
        .filter(
            pl.col("as_of").is_null(),
            pl.col("model") == model,
            pl.col("metric").is_in(_FIGURES),
            pl.col("capacity").is_null() | (pl.col("capacity") == str(panel_size)),
        )
        .select("metric", "label", "capacity", "value", "low", "high")
        .to_dicts()
    )


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"{path} cannot be read: {_MEND}.") from error
