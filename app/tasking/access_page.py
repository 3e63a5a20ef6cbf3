"""An access export as one page that opens offline: no script, nothing fetched from elsewhere, text shown as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, cast

from app.tasking import access_words

_STYLE = (
    "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #666;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}.draft{border:3px solid #a00;padding:1rem}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TITLE = "What is held on you in the case store"
_DRAFT = (
    "DRAFT. Not to be given to anybody. Read every numbered passage; then release it with what is to be shown and "
    "withheld."
)


def page(content: Mapping[str, Any]) -> str:
    """The page of a draft or of a release."""
    return "\n".join(_lines(content)) + "\n"


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f"<title>{_TITLE}</title><style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{_TITLE}</h1>"
    if content["is_draft"]:
        yield f'<p class="draft"><strong>{_DRAFT}</strong></p>'
    yield f"<p>As held on {_said(content['about']['as_held_on'])}. Suspect means recorded as one; it finds nothing.</p>"
    if content["is_draft"]:
        yield "<h2>Passages to read</h2>"
        yield from _table(content["passages"])
    for name, rows in content["held"].items():
        yield f"<h2>{escape(access_words.heading(name))}</h2>"
        yield from _table(rows)
    yield "<h2>What was withheld, and why</h2><ul>"
    yield from (f"<li>{_said(each)}</li>" for each in content["withheld"])
    yield f"</ul><h2>What you may do</h2><p>{_said(content['rights'])}</p></main></body></html>"


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "<p>Nothing is held.</p>"
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    yield "<table><thead><tr>" + "".join(f'<th scope="col">{escape(access_words.column(name))}</th>' for name in names)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{_said(row.get(name))}</td>" for name in names) + "</tr>"
    yield "</tbody></table>"


def _said(found: Any) -> str:
    if isinstance(found, dict):
        entries = cast("dict[str, Any]", found)
        return f"passage {escape(str(entries['passage']))}"
    return escape(access_words.value(found))
