"""Page 11, Model and equality: which models there are, what a backtest proved of them, and how groups fare.

Whatever is said of a model tested on invented people is said to prove the machinery, never accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.area import tables
from app.area.words import Group, Measure
from app.charts.model_charts import Dot, dots_chart
from app.components.lists import Cell, sections, summary_card, table
from app.components.text import Html, in_words, with_commands
from app.components.words import Tone, empty, heading, hint, notice, paragraph, tag
from app.screens.area_words import ETHNICITIES, SEXES, by_age, counted, shared
from app.screens.drawing import show_chart, the_look
from app.screens.model_report import draw_calibration, draw_equality, draw_harm, draw_verdict
from app.screens.screen import Screen, Visit
from app.tasking.model_evidence import ModelEvidence, list_size, read_model
from mat.proportions import share_range
from models.register import State

if TYPE_CHECKING:
    import polars as pl

    from app.tasking.runs.listing import ImportedRun
    from models.register import Entry

SYNTHETIC = (
    "Tested on invented people: the figures prove that the machinery works, never how accurate a model is. Whether a "
    "model ranks well in your area is known only after a backtest on your own records."
)
_NO_REPORT = (
    "No backtest is shown here. The setting 'model_report' names the directory that `mat backtest` wrote; until one is "
    "made on your own records nothing is known of how well any model ranks."
)
_STATES = {
    State.CHAMPION: ("ranks now", Tone.GOOD),
    State.CANDIDATE: ("candidate", Tone.INFO),
    State.REPLACED: ("replaced", Tone.PLAIN),
    State.RETIRED: ("retired", Tone.PLAIN),
}


def draw(visit: Visit) -> None:
    """The part that the address asks for."""
    found = visit.read(lambda: read_model(visit.desk, visit.asked_id("panel")))
    if found is None:
        return
    parts = _parts(found)
    asked = visit.asked("part") or ""
    chosen = asked if asked in parts else next(iter(parts))
    visit.show(sections("model", parts, chosen))
    for fault in found.faults:
        visit.show(notice(fault, Tone.WARN))
    if chosen in _OF_THE_REPORT:
        if found.report is None:
            visit.show(empty(with_commands(_NO_REPORT)))
            return
        if found.report.result.is_synthetic:
            visit.show(notice(SYNTHETIC, Tone.WARN))
    _PARTS[chosen][1](visit, found)


def _parts(found: ModelEvidence) -> Mapping[str, str]:
    """Titles of the parts; without a report one says so, in place of all that would be about it."""
    if found.report is not None:
        return {name: title for name, (title, _) in _PARTS.items()}
    others = {name: title for name, (title, _) in _PARTS.items() if name not in _OF_THE_REPORT}
    return {"verdict": "Backtest", **others}


def _draw_models(visit: Visit, found: ModelEvidence) -> None:
    visit.show(heading("What ranks"))
    champion = next((entry for entry in found.models if entry.state is State.CHAMPION), None)
    if champion is None:
        visit.show(paragraph("No model is promoted: lists are made with rfgv, the points table anybody can add up."))
    for entry in reversed(found.models):
        visit.show(_card(entry))
    visit.show(heading("Lists made"), hint("One line for each imported run that you may know of, the newest first."))
    heads = ("List of", "Panel", "Model", "Version", "Harm scale", "People", "Held", "Share held", "Records")
    rows = [[run.as_of, run.panel, *_made_by(run), *_size(run), _records(run)] for run in found.runs]
    if rows:
        visit.show(table("Imported lists", heads, rows, numbers={"People", "Held", "Share held"}))
    else:
        visit.show(empty("No run has been imported."))


def _made_by(run: ImportedRun) -> Sequence[Cell]:
    return [run.model, run.model_version, run.scale.replace("_", " ")]


def _size(run: ImportedRun) -> Sequence[Cell]:
    size = list_size(run)
    return [counted(size.people), counted(size.held), shared(tables.share(size.held, size.people))]


def _records(run: ImportedRun) -> str:
    return "invented" if run.is_synthetic else "real"


def _card(entry: Entry) -> Html:
    words, tone = _STATES[entry.state]
    last = entry.events[-1]
    facts = {
        "State": tag(words, tone),
        "Learnt from": "invented people" if entry.is_synthetic else "recorded people",
        "Last": f"{last.what.value} {last.at}, by {last.by}",
        "Why": last.reason,
    }
    return summary_card(entry.version, facts)


def _draw_groups(visit: Visit, found: ModelEvidence) -> None:
    run = found.of_run
    visit.show(heading("Who is flagged as a priority on the current list"))
    if run is None:
        visit.show(empty("No panel of yours has a list."))
        return
    visit.show(
        paragraph(
            f"{run.panel}, list of {in_words(run.as_of)}: of the people recorded as suspects, the share whom a rule "
            "flags as serial, repeat or high harm. The rules read no characteristic of anybody; what police record may."
        ),
        hint(
            "Beside each share the people it is of, and its 95 % interval (Wilson): of few people a share says little. "
            "Hidden: a number from 1 to 4, or one from which such a number could be worked out."
        ),
    )
    words: Mapping[Group, tuple[str, Mapping[str, str] | None]] = {
        Group.SEX: ("sex", SEXES),
        Group.ETHNICITY: ("ethnicity", ETHNICITIES),
        Group.AGE_BAND: ("age", None),
    }
    for group, (by, named) in words.items():
        _draw_group(visit, found.figures, group, by, named)


def _draw_group(visit: Visit, figures: pl.DataFrame, group: Group, by: str, named: Mapping[str, str] | None) -> None:
    flagged, others = (
        {row["part"]: row["n"] for row in tables.by_group(figures, measure, group).to_dicts()}
        for measure in (Measure.PRIORITY_SUSPECTS, Measure.OTHER_SUSPECTS)
    )
    dots: list[Dot] = []
    rows: list[list[object]] = []
    for part in named or sorted(flagged, key=by_age):
        one, other = flagged.get(part), others.get(part)
        together = one + other if one is not None and other is not None else None
        if together == 0:
            continue
        said = named[part] if named else part
        low, high = share_range(one, together)
        of = "" if one is None or together is None else f" ({one:,} of {together:,})"
        dots.append(Dot(name=f"{said}{of}", value=tables.share(one, together), low=low, high=high))
        rows.append([said, counted(together), counted(one), shared(dots[-1].value), shared(low), shared(high)])
    heads = (by.capitalize(), "People", "Flagged", "Share flagged", "From", "To")
    title = f"Share flagged as priority, by {by}"
    chart = dots_chart(dots, the_look(), title=title, axis="Share of people", unknown="hidden")
    show_chart(visit, chart, table(f"Flagged as priority, by {by}", heads, rows, numbers=set(heads[1:])))


#: Parts that are about the backtest.
_OF_THE_REPORT = frozenset({"verdict", "harm", "calibration", "equality"})
#: Part of the page: its title, and what draws it.
_PARTS: Mapping[str, tuple[str, Callable[[Visit, ModelEvidence], None]]] = MappingProxyType(
    {
        "verdict": ("Verdict", draw_verdict),
        "harm": ("Harm captured", draw_harm),
        "calibration": ("Chances", draw_calibration),
        "equality": ("Equality of errors", draw_equality),
        "groups": ("Groups on the list", _draw_groups),
        "models": ("Models and lists", _draw_models),
    }
)
SCREEN = Screen(name="model", title="Model and equality", part="Watching over it", commands=("read_model",), draw=draw)
