"""A mistake of the board's own is told on stderr by its kind and place: no message, which may quote a record."""

from __future__ import annotations

import sys
import traceback


def tell_defect(error: BaseException) -> None:
    """Where it broke, for whoever runs the board."""
    lines = traceback.format_tb(error.__traceback__)
    print(f"mat: the board has a defect ({type(error).__name__})", *lines, sep="\n", file=sys.stderr, flush=True)
