"""Turns an extract into a snapshot: mapped, parsed, checked, with everything set aside kept beside it.

A row is accepted as it stands or set aside with its reasons; none is dropped or repaired silently.
"""

from __future__ import annotations

from mat.ingest.ingest import ingest_extract
from mat.ingest.report import IngestReport, TableCounts

__all__ = ["IngestReport", "TableCounts", "ingest_extract"]
