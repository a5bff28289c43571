import sys
from pathlib import Path

import pytest

from tests.crash_ingest import run


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_ingests_killed_at_random_moments_lose_nothing(tmp_path: Path):
    assert run(kills=4, seed=20250616, folder=tmp_path) >= 2
