"""PostgreSQL's programs: how they failed is always said in one sentence."""

from __future__ import annotations

import pytest

from mat.errors import StoreError
from mat.store.programs import running


def write_to_what_has_ended() -> None:
    with running("pg_restore", "--no-such-option") as program:
        program.input.write(b"what nobody reads")
        program.finish("It failed")


def test_a_program_that_ended_before_it_heard_all_is_said_to_have_failed() -> None:
    with pytest.raises(StoreError, match="It failed: the file does not fit this server"):
        write_to_what_has_ended()
