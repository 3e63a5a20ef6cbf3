from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.components.frame import band, foot, identity_bar
from app.components.lists import Task, bullets, figures, pager, sections, summary, summary_card, table, task_list
from app.components.records import rounded
from app.components.text import (
    JOINER,
    NOTHING,
    Html,
    address,
    as_label,
    as_lines,
    as_text,
    in_words,
    link,
    order_name,
    with_commands,
)
from app.components.words import Tone, empty, heading, hint, inset, notice, paragraph, tag
from app.tasking.taking_up import Source
from mat.store.vocabulary import UserRole
from mat.vocabulary import OrderKind

PAYLOAD = """<img src=x onerror="alert('1')"> **bold** [go](javascript:alert(1)) :red[x] $x$ &amp; </div>"""
SHOWN = (
    "&lt;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&gt; **bold** [go](javascript:alert(1)) :red[x] $x$ "
    "&amp;amp; &lt;/div&gt;"
)


@pytest.mark.parametrize(
    "made",
    [
        as_text(PAYLOAD),
        as_lines(PAYLOAD),
        link(PAYLOAD, "subject"),
        tag(PAYLOAD),
        inset(PAYLOAD),
        notice(PAYLOAD, Tone.BAD),
        empty(PAYLOAD),
        hint(PAYLOAD),
        paragraph(PAYLOAD),
        heading(PAYLOAD),
        table(PAYLOAD, ["a"], [["b"]]),
        table("a", [PAYLOAD], [["b"]]),
        table("a", ["b"], [[PAYLOAD]]),
        figures(PAYLOAD, {"a": PAYLOAD}),
        with_commands(PAYLOAD),
        summary({PAYLOAD: "b"}),
        summary({"a": PAYLOAD}),
        summary_card(PAYLOAD, {"a": "b"}),
        task_list([Task(what=PAYLOAD)]),
        task_list([Task(what="a", about=PAYLOAD)]),
        bullets([PAYLOAD]),
        sections("page", {"one": PAYLOAD}, "one"),
        identity_bar(PAYLOAD, []),
        identity_bar("a", [("b", PAYLOAD)]),
        band(PAYLOAD, "b", "c", ["d"], "e"),
        foot([Source(panel=PAYLOAD, as_of=date(2026, 1, 1), model="m", model_version="1")], "e"),
    ],
)
def test_every_component_shows_what_it_is_given_letter_by_letter(made: Html) -> None:
    assert SHOWN in made
    assert "<img" not in made
    assert "</div> " not in made.replace(SHOWN, "")


@given(st.text(max_size=60))
def test_no_text_whatever_becomes_an_element_or_leaves_its_attribute(typed: str) -> None:
    made = link(typed, "subject", {"case": typed})

    assert made.count("<") == 2
    assert made.count('"') == 6


@given(st.text(alphabet="*_`[]()#$:<>\\~|!&ab {}-+.^=\n", max_size=40))
def test_a_label_keeps_every_letter_and_no_mark_of_markdown_unescaped(typed: str) -> None:
    label = as_label(typed)

    plain = label.replace(JOINER, "").replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
    assert plain == " ".join(typed.split())
    unescaped = label.replace("\\\\", "")
    for mark in "*_`[]()#$:<>~|!&{}^=":
        assert unescaped.count(mark) == unescaped.count("\\" + mark)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, NOTHING),
        ("", NOTHING),
        (True, "yes"),
        (UserRole.PANEL_MEMBER, "panel member"),
        (date(2026, 5, 3), "3 May 2026"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "1 Jul 2026, 13:00"),
        (["b", "a"], "b, a"),
        ([], NOTHING),
        (0, "0"),
        ("a\u202eb", "a\ufffdb"),
        ("a\u200b\u3164\u115f\u2800b", "a\ufffd\ufffd\ufffd\ufffdb"),
        ("Zoe\u0308, Nguye\u0302\u0303n", "Zoe\u0308, Nguye\u0302\u0303n"),
        ("a" + "\u0301" * 300 + "b", "a" + "\u0301" * 4 + "\ufffdb"),
    ],
)
def test_values_are_said_as_people_read_them(value: object, said: str) -> None:
    assert in_words(value) == said


@pytest.mark.parametrize("kind", list(OrderKind))
def test_an_order_is_called_as_people_call_it(kind: OrderKind) -> None:
    assert order_name(kind).isupper() or order_name(kind).endswith((" order", " conditions"))


def test_an_address_carries_its_question_and_nothing_else() -> None:
    assert address("subject", {"case": "a&b=c"}) == "/subject?case=a%26b%3Dc"
    assert address("") == "/"


def test_a_pager_offers_only_where_there_is_somewhere_to_go() -> None:
    assert pager("p", {}, earlier=False, after=None, words="rows") == ""
    assert "after=7" in pager("p", {"part": "x"}, earlier=False, after=7, words="rows")


def test_rows_of_a_few_columns_stack_on_a_narrow_page_and_are_read_out_as_a_table_still() -> None:
    made = table("People", ["Who", "Born", "Why", "Next"], [["Ana", 1, "<b>", "Judge"]], numbers={"Born"})
    figures = table("Figures", ["Who", "A", "B", "C"], [["Ana", 1, 2, 3]], numbers={"A", "B", "C"})

    assert '<table class="mat-table mat-stacks" role="table">' in made
    assert '<td role="cell" class="mat-number" data-head="Born">1</td>' in made
    assert '<td role="cell" class="mat-words" data-head="Why">&lt;b&gt;</td>' in made
    assert "mat-stacks" not in figures


def test_a_table_says_its_heads_and_sets_figures_right() -> None:
    made = table("Counts", ["Who", "How many"], [["Housing", 3]], numbers={"How many"})

    assert "<caption>Counts</caption>" in made
    assert '<th scope="row" class="mat-words">Housing</th><td class="mat-number">3</td>' in made


@pytest.mark.parametrize("typed", ["https://a.example", "HTTP://a.example", "www.a.example", "a@b.example"])
def test_an_address_in_a_label_is_no_link(typed: str) -> None:
    label = as_label(typed)

    assert JOINER in label
    assert label.replace(JOINER, "").replace("\\", "") == typed


def test_what_stands_between_backticks_is_something_to_type() -> None:
    assert str(with_commands("run `mat <x>` now")) == "run <code>mat &lt;x&gt;</code> now"
    assert str(with_commands("run `a` or `b`", {"a": Html("<i>")})) == "run <i> or <code>b</code>"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Recorded harm as suspect in the last 2 years: 44925.75",
            "Recorded harm as suspect in the last 2 years: 44,925.8",
        ),
        ("Recorded harm: 97887", "Recorded harm: 97,887"),
        ("Different victims: 4", "Different victims: 4"),
        ("12.0 on 2024-04-01, force:P123456, 1.2.3, 10:30", "12 on 2024-04-01, force:P123456, 1.2.3, 10:30"),
    ],
)
def test_numbers_of_a_list_are_shown_as_people_read_them(written: str, read: str) -> None:
    assert rounded(written) == read


def test_the_foot_calls_the_points_table_by_its_name_and_keeps_the_exact_version_at_hand() -> None:
    said = foot([Source(panel="A", as_of=date(2026, 1, 1), model="rfgv", model_version="starter-1+a6fcb60ea648")], "e")

    assert 'ranked by <span title="Version starter-1+a6fcb60ea648">RFGV (points table starter-1)</span>' in said
