"""One tiny reader for all tests of this package."""

from pathlib import Path

import pytest

from rag.reading.compiled import CompiledReader
from tests.reading.tiny import tiny_reader, write_tiny_reader


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> CompiledReader:
    return tiny_reader(tiny_folder)
