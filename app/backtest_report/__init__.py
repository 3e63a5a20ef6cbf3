"""The report of a backtest: one page that opens offline, figures for the run log, text, and JSON.

Every form is made from the same tables and says the same figures; none names a person.
"""

from __future__ import annotations

from app.backtest_report.figures import figures
from app.backtest_report.machine import report_json
from app.backtest_report.page import render_html
from app.backtest_report.text import summarise

__all__ = ["figures", "render_html", "report_json", "summarise"]
