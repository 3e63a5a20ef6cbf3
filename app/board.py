"""The script of the board that Streamlit runs for every drawing; `mat board` serves it."""

from __future__ import annotations

from app.screens.shell import open_board

open_board()
