"""Lists of a panel on a store with staff."""

from __future__ import annotations

import pytest

from tests.panel_lists import ListMaker
from tests.staff import Staff


@pytest.fixture
def maker(staff: Staff) -> ListMaker:
    return ListMaker(staff=staff)
