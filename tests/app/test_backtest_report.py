from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import polars as pl
import pytest

from app.backtest_report import figures, render_html, report_json, summarise
from models.backtest_result import BacktestResult
from tests.app.backtest_tables import FOLDS, MODELS, result, verdict, without_a_judged_fold

pytestmark = pytest.mark.slow

_VOID = {"meta", "link", "br", "hr", "img", "input"}
_HOSTILE = '<script>alert(1)</script> & "quoted" $\\frac{1}$'


class Page(HTMLParser):
    """What a page is made of: every element with its attributes, and its tables as rows of text by caption."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.faults: list[str] = []
        self.words: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        if tag == "tr":
            self._rows.append([])
        if tag in {"th", "td"}:
            self._rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.words.append(data)
        if "caption" in self.open:
            self._caption += data
        if "td" in self.open or "th" in self.open:
            self._rows[-1][-1] += data

    def table(self, start: str) -> dict[str, list[str]]:
        """The rows of the table whose caption starts so, by their first cell."""
        [rows] = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        return {row[0]: row[1:] for row in rows}

    def values(self, attribute: str) -> list[str]:
        return [found for _, attributes in self.elements if (found := attributes.get(attribute)) is not None]


@pytest.fixture(scope="module")
def whole() -> BacktestResult:
    return result()


@pytest.fixture(scope="module")
def html(whole: BacktestResult) -> str:
    return render_html(whole)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def drawn(whole: BacktestResult) -> Mapping[str, bytes]:
    return figures(whole)


@pytest.fixture(scope="module")
def nothing() -> BacktestResult:
    return without_a_judged_fold()


@pytest.fixture(scope="module")
def nothing_page(nothing: BacktestResult) -> Page:
    return Page(render_html(nothing))


@pytest.mark.parametrize("which", ["page", "nothing_page"])
def test_every_element_is_closed_in_its_order(which: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(which)

    assert page.faults == []
    assert page.open == []


def test_the_page_points_at_nothing_outside_itself(html: str, page: Page) -> None:
    targets = [*page.values("href"), *page.values("src"), *page.values("xlink:href")]

    assert "http" not in html.replace("http-equiv", "")
    assert "@import" not in html
    assert set(re.findall(r"url\((.)", html)) <= {"#"}
    assert all(target.startswith("#") or target == "data:," for target in targets)
    assert not {"script", "iframe", "object", "embed", "img"} & {tag for tag, _ in page.elements}


def test_ids_are_unique_and_every_reference_finds_one(html: str, page: Page) -> None:
    ids = Counter(page.values("id"))
    wanted = {target[1:] for target in page.values("href") if target.startswith("#")}
    wanted |= {name for names in page.values("aria-labelledby") for name in names.split()}
    wanted |= set(re.findall(r"url\(#([^)]*)\)", html))

    assert [name for name, times in ids.items() if times > 1] == []
    assert wanted - set(ids) == set()


def test_headings_descend_one_level_at_a_time(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_every_heading_a_scope(page: Page) -> None:
    tables = sum(tag == "table" for tag, _ in page.elements)
    scopes = [attributes.get("scope") for tag, attributes in page.elements if tag == "th"]

    assert len(page.tables) == tables == sum(tag == "caption" for tag, _ in page.elements)
    assert "" not in page.tables
    assert set(scopes) == {"col", "row", "rowgroup"}


def test_every_figure_is_told_to_those_who_cannot_see_it(page: Page) -> None:
    drawn = [attributes for tag, attributes in page.elements if tag == "svg"]

    assert len(drawn) == 10
    assert all(attributes["role"] == "img" and attributes["aria-labelledby"] for attributes in drawn)
    assert sum(tag == "title" for tag, _ in page.elements) == len(drawn) + 1
    assert sum(tag == "desc" for tag, _ in page.elements) == len(drawn)


def test_the_same_result_gives_the_same_bytes(whole: BacktestResult, html: str, drawn: Mapping[str, bytes]) -> None:
    again = result()

    assert render_html(again) == html
    assert summarise(again) == summarise(whole)
    assert figures(again) == drawn


def test_another_process_writes_the_same_page(html: str) -> None:
    code = (
        "import sys; from app.backtest_report import render_html; from tests.app.backtest_tables import result;"
        "sys.stdout.buffer.write(render_html(result()).encode())"
    )

    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": "7"})

    assert other.stdout.decode() == html


def test_names_from_data_are_text_wherever_they_stand(whole: BacktestResult) -> None:
    hostile = replace(
        whole,
        source=_HOSTILE,
        warnings=(_HOSTILE,),
        scale=_HOSTILE,
        equality=whole.equality.with_columns(group=pl.lit(_HOSTILE), note=pl.lit(_HOSTILE)),
        ablation=whole.ablation.with_columns(left_out=pl.lit(_HOSTILE)),
        detectors=whole.detectors.with_columns(sentence=pl.lit(_HOSTILE), subject=pl.lit(_HOSTILE)),
        stability=whole.stability.with_columns(comparison=pl.lit(_HOSTILE)),
        hashes={_HOSTILE: _HOSTILE},
    )

    text = render_html(hostile)
    page = Page(text)

    assert page.faults == []
    assert "<script" not in text
    assert sum(_HOSTILE in words for words in page.words) > 10


def test_a_model_with_a_hostile_name_takes_a_colour_and_stays_text(whole: BacktestResult) -> None:
    renamed = {
        name: getattr(whole, name).with_columns(model=pl.col("model").replace("boosted", _HOSTILE))
        for name in ("metrics", "calibration")
    }
    names = tuple(_HOSTILE if name == "boosted" else name for name in whole.model_names)

    text = render_html(replace(whole, model_names=names, **renamed))

    assert "<script" not in text
    assert Page(text).table("Harm captured, as a share of all harm by people who could")[_HOSTILE]


@pytest.mark.parametrize("capacity", ["10", "20", "50", "100", "top 1 %"])
@pytest.mark.parametrize(
    ("metric", "caption"),
    [
        ("captured", "Harm captured, as a share of all harm by people who could be listed"),
        ("captured_of_oracle", "Harm captured, as a share of what the best list"),
        ("captured_of_all", "Harm captured, as a share of all harm, that of people no list can see"),
    ],
)
def test_captured_harm_is_that_of_the_table_at_every_k(
    whole: BacktestResult, page: Page, metric: str, caption: str, capacity: str
) -> None:
    column = ["10", "20", "50", "100", "top 1 %"].index(capacity)
    wanted = whole.metrics.filter(pl.col("as_of").is_null(), pl.col("metric") == metric, pl.col("capacity") == capacity)

    shown = page.table(caption)

    assert wanted.height == len(MODELS)
    for row in wanted.to_dicts():
        said = f"{row['value'] * 100:.1f}% ({row['low'] * 100:.1f} to {row['high'] * 100:.1f})"
        assert shown[row["model"]][column] == said


def test_the_gain_of_the_last_fold_stands_beside_the_mean(whole: BacktestResult, page: Page) -> None:
    gains = whole.metrics.filter(pl.col("metric") == "gain", pl.col("capacity") == "20", pl.col("model") == "scorecard")
    [mean] = gains.filter(pl.col("as_of").is_null())["value"]
    [last] = gains.filter(pl.col("as_of") == FOLDS[-1])["value"]

    row = page.table("Gain over rfgv")["scorecard"]

    assert row[1].startswith(f"+{mean * 100:.1f} (")
    assert row[-1].startswith(f"+{last * 100:.1f} (")
    assert "rfgv" not in page.table("Gain over rfgv")


def test_the_four_counts_are_those_of_the_last_fold_and_said_in_words(whole: BacktestResult, page: Page) -> None:
    last = whole.metrics.filter(
        pl.col("as_of") == FOLDS[-1],
        pl.col("model") == "scorecard",
        pl.col("label") == "any",
        pl.col("capacity") == "20",
    )
    counts = {row["metric"]: int(row["value"]) for row in last.to_dicts() if row["metric"] in {"tp", "fp", "fn", "tn"}}

    row = page.table("Among the first names or not, new record or not")["scorecard"]

    assert row[:4] == [f"{counts[name]:,}" for name in ("tp", "fp", "fn", "tn")]
    said = (
        f"Of the first 20 names of scorecard on 1 July 2022, {counts['tp']} had a new record and {counts['fp']} did not"
    )
    assert sum(said in words for words in page.words) == 2


def test_the_verdict_stands_first_and_follows_the_interval(whole: BacktestResult, page: Page) -> None:
    kept = replace(whole, verdict=verdict(gain=0.031, low=-0.002, high=0.06))

    shown = Page(render_html(kept))

    assert [words for words in shown.words if words.strip()][4] == "rfgv stays"
    assert [words for words in page.words if words.strip()][4] == "scorecard may replace rfgv"
    assert "VERDICT: rfgv stays.\n" in summarise(kept)
    assert "VERDICT: scorecard may replace rfgv.\n" in summarise(whole)


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_synthetic_records_are_said_to_prove_no_accuracy(whole: BacktestResult, is_synthetic: bool) -> None:
    told = replace(whole, is_synthetic=is_synthetic)

    assert any("never accuracy" in words for words in Page(render_html(told)).words) is is_synthetic
    assert ("never accuracy" in summarise(told)) is is_synthetic
    assert report_json(told)["is_synthetic"] is is_synthetic


def test_refused_folds_are_listed_by_name_with_their_reason(page: Page, whole: BacktestResult) -> None:
    refused = page.table("Folds that were refused")

    assert list(refused) == ["List as of", "1 October 2022", "1 January 2023"]
    assert "after the last day whose records are in the extract" in refused["1 October 2022"][0]
    assert "1 October 2022: Its label year ends" in summarise(whole)


def test_groups_under_ten_people_show_no_figure_and_say_why(page: Page) -> None:
    rows = page.table("Who is listed and who is missed: scorecard")

    [small] = [row for head, row in rows.items() if head == "O cannot be assessed: fewer than 10 people"]

    assert small == ["withheld", *["\N{EN DASH}"] * 7]
    assert any("no sign that a group is treated like the others" in words for words in page.words)
    assert "pass" not in {words.lower() for row in rows.values() for words in row}


def test_what_is_not_recorded_is_a_group_of_its_own(page: Page) -> None:
    heads = page.table("Who is listed and who is missed: rfgv")

    assert any(head.startswith("U (not recorded)") for head in heads)


def test_without_an_equality_table_nothing_is_said_to_be_alike(whole: BacktestResult) -> None:
    text = render_html(replace(whole, equality=whole.equality.clear()))

    assert "That is no sign that groups are treated alike." in text


def test_planted_faults_stand_apart_and_a_flag_nobody_planted_is_said_first(whole: BacktestResult, page: Page) -> None:
    heads = list(page.table("What each detector looks for"))
    planted = heads.index("Faults put in on purpose: every one must be flagged")

    assert {"planted leak", "permuted dates"} == set(heads[planted + 1 :])
    assert page.table("What each detector looks for")["planted leak"][-1] == "flagged, as it should be"
    assert "look before using this" in page.table("What each detector looks for")["single feature"][-1]
    assert "LOOK FIRST" in summarise(whole)
    assert any(words.startswith("Detector single feature (da_suspect_count_90d)") for words in page.words)


def test_a_planted_fault_that_could_not_be_shown_proves_nothing(whole: BacktestResult) -> None:
    blind = whole.detectors.with_columns(
        status=pl.when("is_planted").then(pl.lit("not assessed")).otherwise("status"),
        is_as_it_should_be=pl.col("is_as_it_should_be") & ~pl.col("is_planted"),
    )

    said = summarise(replace(whole, detectors=blind))

    assert "Detectors that could not be shown a planted fault, so may be blind: planted leak" in said


def test_an_auc_too_good_to_be_true_is_said_first(whole: BacktestResult) -> None:
    leaking = whole.metrics.with_columns(
        value=pl.when(pl.col("metric") == "auc", pl.col("model") == "ebm").then(0.91).otherwise("value")
    )

    assert "ebm (any) 0.910" in summarise(replace(whole, metrics=leaking))
    assert "look for a leak before" not in summarise(whole)


def test_without_a_judged_fold_nothing_is_drawn_or_counted(nothing: BacktestResult, nothing_page: Page) -> None:
    captions = {caption.split(" (")[0] for caption in nothing_page.tables}

    assert figures(nothing) == {}
    assert "svg" not in {tag for tag, _ in nothing_page.elements}
    assert captions == {
        "What each model is",
        "Folds that were refused",
        "What was chosen",
        "Fingerprints of what went in",
        "How long it took",
    }
    assert sum(words.startswith("No fold could be judged") for words in nothing_page.words) >= 3
    assert not any("None" in words for words in nothing_page.words)
    assert summarise(nothing).startswith("VERDICT: rfgv stays.\n")


def test_a_figure_that_is_missing_or_no_number_is_not_known_and_never_zero(whole: BacktestResult) -> None:
    of_ebm = (pl.col("model") == "ebm") & (pl.col("metric") == "captured")
    unknown = whole.metrics.with_columns(value=pl.when(of_ebm).then(float("nan")).otherwise("value"))

    page = Page(render_html(replace(whole, metrics=unknown)))

    shown = page.table("Harm captured, as a share of all harm by people who could be listed")
    assert shown["ebm"] == ["not known"] * 5
    assert not any(re.search(r"\bnan\b", words) for words in page.words)


def test_without_custody_time_at_risk_is_not_known(whole: BacktestResult) -> None:
    none = pl.lit(None, dtype=pl.Float64)
    folds = whole.folds.with_columns(custody_share=none, mean_days_at_risk=none)

    page = Page(render_html(replace(whole, folds=folds)))

    assert page.table("Time at risk")["1 July 2022"] == ["not known", "not known"]
    assert any("a quiet year may be a year in custody" in words for words in page.words)


def test_one_judged_fold_is_said_to_be_one_rehearsal(whole: BacktestResult) -> None:
    last = pl.col("as_of") == FOLDS[-1]
    alone = replace(
        whole,
        folds=whole.folds.filter(last | (pl.col("status") == "refused")),
        metrics=whole.metrics.filter(last | pl.col("as_of").is_null()),
    )

    page = Page(render_html(alone))

    assert any(words.startswith("All of this rests on one fold") for words in page.words)
    assert {"folds-title", "base-rates-title"} & set(page.values("id")) == set()
    assert page.faults == []
