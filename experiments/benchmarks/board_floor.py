"""The least that a page of Streamlit takes: `python -m experiments.benchmarks.board_floor SHAPES.json` serves it.

Served as the board is, by the same server with the same options; but there is no door, no session, no store, and what
a page shows is markup that was there before.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

from experiments.benchmarks.board_floor_page import SHAPES


def main(shapes: Path) -> None:
    """Serve the floor until it is stopped."""
    import streamlit as st  # noqa: PLC0415 - late: whoever imports this module may not want it
    import uvicorn  # noqa: PLC0415
    from streamlit.web.bootstrap import load_config_options  # noqa: PLC0415

    from app.serving.application import keep_what_is_loaded, options  # noqa: PLC0415

    os.environ[SHAPES] = str(shapes)
    load_config_options(dict(options()))
    page = st.App(Path(__file__).with_name("board_floor_page.py"))
    config = uvicorn.Config(page, access_log=False, log_level="warning", ws="websockets-sansio")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        print(json.dumps({"address": f"http://127.0.0.1:{listening.getsockname()[1]}"}), flush=True)
        keep_what_is_loaded()
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
