"""What the tests of erasures begin with."""

import pytest

from tests.unit.profiles.erasing import Company, with_adas_traces


@pytest.fixture
def company() -> Company:
    return with_adas_traces()
