"""People at both ends of a referral."""

from __future__ import annotations

import pytest

from tests.referred import Referred
from tests.staff import Staff


@pytest.fixture
def at(staff: Staff) -> Referred:
    """People at both ends of a referral."""
    return Referred(staff=staff)
