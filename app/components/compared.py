"""The places of one person under each harm scale and by the points table: a row each along one axis, and as a table."""

from __future__ import annotations

import math

from markupsafe import Markup

from app.components.lists import table
from app.components.text import Html, together
from app.components.words import hint
from app.tasking.nominating.compared import Compared, Stand
from app.wording import SCALE_WORDS

#: Said where a list was imported before it brought these places.
NOT_KEPT = "Kept for lists imported from now on; this one came before its places under other scales were kept."
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _FOOT = 440.0, 14.0, 30.0, 22.0, 54.0, 26.0

#: What a number beside a dot takes, and stays on its side of the line.
_ROOM = 64.0


def said(compared: Compared) -> list[str]:
    """How far the scales agree, and what the points table says; in places, never as an average."""
    many = len(compared.under_scales)
    if many == 1:
        found = ["One harm scale can be used for this list: no other stands beside it."]
    else:
        found = [_against_the_line(compared, many)]
        if compared.apart > compared.seats:
            found.append(
                f"The scales disagree much: {compared.apart:,} places lie between them, more than there are seats. "
                "Which of them is right cannot be known from the records."
            )
        elif 0 < compared.above < many:
            found.append("Whether this person is above the line depends on the scale chosen.")
    if compared.points_table is not None:
        found.append(_by_points(compared, compared.points_table))
    return found


def _against_the_line(compared: Compared, many: int) -> str:
    side = "Above" if compared.above else "Below"
    every = "both" if many == 2 else f"all {many}"
    under = f"{compared.above} of {many}" if 0 < compared.above < many else every
    return f"{side} the line of {compared.seats:,} seats under {under} scales that can be used."


def _by_points(compared: Compared, stand: Stand) -> str:
    side = "above" if compared.is_above(stand) else "below"
    if stand.rank is None or compared.own.rank is None:
        return f"{stand.model} cannot rank under this scale."
    away = stand.rank - compared.own.rank
    much = "the same place" if not away else f"{abs(away):,} {'further down' if away > 0 else 'further up'}"
    return f"By {stand.model} beside {compared.own.model}: place {stand.rank:,}, {much}, {side} the line."


def places_table(compared: Compared) -> Html:
    """A row for each list compared, the own first."""
    rows = [
        (
            Html("{}{}").format(_scale(each), hint(_by(each, compared))),
            "not usable here" if each.rank is None else f"{each.rank:,}",
            None if each.rank is None else compared.is_above(each),
        )
        for each in compared.everywhere
    ]
    return table("Places side by side", ("Harm scale", "Place", "Above the line"), rows, numbers={"Place"})


def picture(compared: Compared) -> Html:
    """A dot for each list compared, along one axis of places; the seats are shaded up to the line.

    Places are laid out by their logarithm, so that the first ones stay apart in a list of thousands.
    """
    ranks = [each.rank for each in compared.everywhere if each.rank is not None]
    last = max(*ranks, compared.seats * 2, 10)
    below = _TOP + _ROW * len(compared.everywhere)
    line = _x(compared.seats + 0.5, last)
    rows = [_row(each, compared, last, _TOP + _ROW * number) for number, each in enumerate(compared.everywhere)]
    return Markup(
        '<svg class="mat-compared" viewBox="0 0 {width} {height}" role="img" aria-label="{said}" '
        'xmlns="http://www.w3.org/2000/svg">'
        '{rows}<text class="mat-r-quiet" x="{line}" y="14" text-anchor="{side}">line: {seats} seats</text>{axis}</svg>'
    ).format(
        width=_n(_WIDTH),
        height=_n(below + _FOOT),
        said=_aloud(compared),
        line=_n(line),
        rows=together(rows),
        side="end" if line > _WIDTH / 2 else "start",
        seats=f"{compared.seats:,}",
        axis=_axis(last, below),
    )


def _row(stand: Stand, compared: Compared, last: int, top: float) -> Html:
    """The list's name, and below it the axis with the seats up to the line, and the place."""
    y, line = top + 40, _x(compared.seats + 0.5, last)
    words = _short(f"{_scale(stand)}, {_by(stand, compared)}", 50 if stand.rank is not None else 36)
    name = Markup('<text class="mat-r-text" x="4" y="{}">{}</text>').format(_n(top + 16), words)
    axis = Markup(
        '<rect class="mat-r-seats" x="0" y="{high}" width="{line}" height="16"/>'
        '<line class="mat-r-line" x1="0" y1="{y}" x2="{width}" y2="{y}"/>'
        '<line class="mat-r-capacity" x1="{line}" y1="{high}" x2="{line}" y2="{low}"/>'
    ).format(high=_n(y - 8), low=_n(y + 8), y=_n(y), line=_n(line), width=_n(_WIDTH))
    if stand.rank is None:
        none = Markup('<text class="mat-r-quiet" x="{}" y="{}" text-anchor="end">not usable here</text>')
        return name + axis + none.format(_n(_WIDTH - 4), _n(top + 16))
    x = _x(stand.rank, last)
    is_left = x > _ROOM if x < line else x > _WIDTH - _ROOM
    number = Markup('<text class="mat-r-place" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        _n(x - 12 if is_left else x + 12), _n(y - 6), "end" if is_left else "start", f"{stand.rank:,}"
    )
    return name + axis + _mark(stand, compared, x, y) + number


def _mark(stand: Stand, compared: Compared, x: float, y: float) -> Html:
    """A full circle for the list itself, a hollow one for another scale, a square for the points table."""
    if stand is compared.points_table:
        return Markup('<rect class="mat-c-beside" x="{}" y="{}" width="12" height="12"/>').format(_n(x - 6), _n(y - 6))
    kind = "mat-r-rank" if stand is compared.own else "mat-c-other"
    return Markup('<circle class="{}" cx="{}" cy="{}" r="7"/>').format(kind, _n(x), _n(y))


def _axis(last: int, top: float) -> Html:
    """Place 1, and every power of ten up to the last."""
    ticks = [10**power for power in range(math.floor(math.log10(last)) + 1)]
    return together(
        [
            Markup('<text class="mat-r-quiet" x="{}" y="{}" text-anchor="{}">{}</text>').format(
                _n(_x(each, last) if each > 1 else 4.0),
                _n(top + 18),
                "start" if each == 1 else "middle",
                "place 1" if each == 1 else f"{each:,}",
            )
            for each in ticks
        ]
    )


def _aloud(compared: Compared) -> str:
    places = [
        f"{_scale(each)}, {each.model}: {'not usable' if each.rank is None else f'place {each.rank:,}'}"
        for each in compared.everywhere
    ]
    return f"{'; '.join(places)}; the line is at {compared.seats:,} seats"


def _by(stand: Stand, compared: Compared) -> str:
    return f"{stand.model} (this list)" if stand is compared.own else stand.model


def _scale(stand: Stand) -> str:
    return SCALE_WORDS.get(stand.scale, stand.scale)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}\u2026"


def _x(rank: float, last: int) -> float:
    return _LEFT + math.log(rank) / math.log(last) * (_WIDTH - _LEFT - _RIGHT)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
