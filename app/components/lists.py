"""Rows of a page: tables, summary cards and task lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from markupsafe import Markup

from app.components.text import Html, address, as_text, link, together
from app.components.words import hint

Cell = object
_NO_QUERY: Mapping[str, str | UUID] = MappingProxyType({})
_HEAD = Markup('<th scope="row" class="{}">{}</th>')
_CELL = Markup('<td class="{}">{}</td>')
#: How many columns a table may have to be drawn, on a narrow page, as rows one below the other, a cell to a line.
_STACKS = range(4, 8)
#: In those the roles are said, as what is not drawn as a table is else not read out as one.
_STACKED_HEAD = Markup('<th scope="row" role="rowheader" class="{}">{}</th>')
_STACKED_CELL = Markup('<td role="cell" class="{}" data-head="{}">{}</td>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One line of work. `what`: text or a link; `about`: a quieter line; `states`: tags."""

    what: object
    about: object = ""
    states: Sequence[Html] = ()


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    numbers: Collection[str] = (),
    is_headed: bool = False,
) -> Html:
    """A table with its caption; first cells head rows. `numbers`: heads of columns with figures, set to the right.

    `is_headed`: a heading above it says the same, so that the caption is for those who listen. With a few columns, not
    all of them figures, its rows are drawn one below the other on a narrow page.
    """
    sides = ["mat-number" if head in numbers else "mat-words" for head in heads]
    stacks = len(heads) in _STACKS and len(numbers) < len(heads) - 1
    top = together(
        [
            Markup('<th scope="col"{} class="{}">{}</th>').format(_role("columnheader", stacks), side, as_text(head))
            for head, side in zip(heads, sides, strict=True)
        ]
    )
    body = together([_stacked(row, heads, sides) if stacks else _row(row, sides) for row in rows])
    return Markup(
        '<div class="mat-wide" tabindex="0" role="region" aria-label="{}"><table class="mat-table{}"{}>'
        "<caption{}>{}</caption><thead{}><tr{}>{}</tr></thead><tbody{}>{}</tbody></table></div>"
    ).format(
        as_text(caption),
        " mat-stacks" if stacks else "",
        _role("table", stacks),
        Markup(' class="mat-heard"') if is_headed else "",
        as_text(caption),
        _role("rowgroup", stacks),
        _role("row", stacks),
        top,
        _role("rowgroup", stacks),
        body,
    )


def _role(name: str, is_said: bool) -> Html:
    return Markup(' role="{}"').format(name) if is_said else Markup("")


def summary_card(title: object, rows: Mapping[str, Cell], *, actions: Sequence[Html] = (), level: int = 3) -> Html:
    """Facts under a title, each with its name; `actions`: links at the title. `level`: of the title as a heading."""
    facts = together([_fact(name, value) for name, value in rows.items()])
    links = Markup('<div class="mat-card-actions">{}</div>').format(together(actions)) if actions else Markup("")
    return Markup(
        '<section class="mat-card"><div class="mat-card-head"><h{}>{}</h{}>{}</div>'
        '<dl class="mat-facts">{}</dl></section>'
    ).format(level, as_text(title), level, links, facts)


def summary(rows: Mapping[str, Cell]) -> Html:
    """Facts, each with its name, without a card."""
    return Markup('<dl class="mat-facts">{}</dl>').format(
        together([_fact(name, value) for name, value in rows.items()])
    )


def figures(title: str, rows: Mapping[str, Cell]) -> Html:
    """A few facts side by side, each below its name; `title`: what they are, for those who listen too."""
    return Markup(
        '<section class="mat-figures" aria-label="{title}"><p class="mat-hint">{title}</p><dl>{facts}</dl></section>'
    ).format(
        title=title,
        facts=together(
            [
                Markup('<div class="mat-id-fact"><dt>{}</dt><dd>{}</dd></div>').format(name, as_text(value))
                for name, value in rows.items()
            ]
        ),
    )


def task_list(tasks: Sequence[Task]) -> Html:
    """Lines of work, one below the other, each with its state."""
    return Markup('<ul class="mat-tasks">{}</ul>').format(together([_task(each) for each in tasks]))


def sections(
    page: str,
    titles: Mapping[str, str],
    chosen: str,
    query: Mapping[str, str | UUID] = _NO_QUERY,
    *,
    asks: str = "part",
    about: str = "Parts of this page",
) -> Html:
    """The parts of a page as links, by what its address asks for as `asks`; only the chosen one is read and drawn.

    `query`: what else the address asks for and goes on asking for, such as the case. `about`: what they are, for those
    who listen; another one for each on a page.
    """
    lines = [
        Markup("<li>{}</li>").format(
            Markup('<a class="go" href="{}" target="_self" {}>{}</a>').format(
                address(page, {**query, asks: part}),
                Markup('aria-current="page"') if part == chosen else "",
                title,
            )
        )
        for part, title in titles.items()
    ]
    return Markup('<nav class="mat-sections" aria-label="{}"><ul>{}</ul></nav>').format(about, together(lines))


def pager(
    page: str,
    query: Mapping[str, str | UUID],
    *,
    earlier: bool,
    after: UUID | int | None,
    words: str,
    asks: str = "after",
) -> Html:
    """Links below a page of rows: back to the first, and on. `after`: what to ask on from; None = the last page.

    `asks`: the name under which the address asks for it, where a page has several such lists.
    """
    first = [link(f"First {words}", page, query)] if earlier else []
    on = [] if after is None else [link(f"More {words}", page, {**query, asks: str(after)})]
    if not first and not on:
        return Markup("")
    items = together([Markup("<li>{}</li>").format(each) for each in (*first, *on)])
    return Markup('<nav class="mat-pager" aria-label="Pages of {}"><ul>{}</ul></nav>').format(words, items)


def bullets(points: Sequence[object]) -> Html:
    """A list of sentences."""
    return Markup('<ul class="mat-bullets">{}</ul>').format(
        together([Markup("<li>{}</li>").format(as_text(each)) for each in points])
    )


def _row(row: Sequence[Cell], sides: Sequence[str]) -> Html:
    frames = [_HEAD, *[_CELL] * (len(row) - 1)]
    cells = [frame.format(side, as_text(value)) for frame, side, value in zip(frames, sides, row, strict=True)]
    return Markup("<tr>{}</tr>").format(together(cells))


def _stacked(row: Sequence[Cell], heads: Sequence[str], sides: Sequence[str]) -> Html:
    """A row that a narrow page draws as lines, each cell with the head of its column before it."""
    first, *others = row
    cells = [
        _STACKED_CELL.format(side, as_text(head), as_text(value))
        for head, side, value in zip(heads[1:], sides[1:], others, strict=True)
    ]
    return Markup('<tr role="row">{}{}</tr>').format(_STACKED_HEAD.format(sides[0], as_text(first)), together(cells))


def _fact(name: str, value: Cell) -> Html:
    return Markup('<div class="mat-fact"><dt>{}</dt><dd>{}</dd></div>').format(name, as_text(value))


def _task(task: Task) -> Html:
    about = hint(task.about) if task.about else Markup("")
    return Markup(
        '<li class="mat-task"><div class="mat-task-what">{}{}</div><div class="mat-task-states">{}</div></li>'
    ).format(as_text(task.what), about, together(list(task.states)))
