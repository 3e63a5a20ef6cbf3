"""Imported runs: a RUN directory read as something hostile, loaded whole or not at all, listed and deleted.

What the RUN does not hold is left empty; whom the store must not take back, or may not show, is left out and counted.
"""

from __future__ import annotations
