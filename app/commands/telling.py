"""How commands answer: sentences for people, or one JSON object for programs, on stdout.

Whatever is told from a demonstration store says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar

MARK = "DEMONSTRATION STORE: for synthetic records, never for real people."
#: Whether the store that was opened last is one for demonstrations; `app.commands.acting` sets it.
of_demonstration = ContextVar("of_demonstration", default=False)


def tell(summary: Mapping[str, object], sentences: Sequence[str], *, as_json: bool) -> None:
    """Print `summary` as JSON where `as_json`, else the sentences, one a line."""
    is_marked = of_demonstration.get()
    if as_json:
        marked = {**summary, "is_demonstration": True} if is_marked else summary
        print(json.dumps(marked, indent=2, sort_keys=True, default=str))
    else:
        print("\n".join([MARK, *sentences] if is_marked and MARK not in sentences else sentences))
