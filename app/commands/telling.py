"""How commands answer: sentences for people, or one JSON object for programs, on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def tell(summary: Mapping[str, object], sentences: Sequence[str], *, as_json: bool) -> None:
    """Print `summary` as JSON where `as_json`, else the sentences, one a line."""
    if as_json:
        print(json.dumps(summary, indent=2, sort_keys=True, default=str))
    else:
        print("\n".join(sentences))
