"""What a command must not import, measured in processes of their own."""

import subprocess
import sys

import pytest

HEAVY = (
    "charset_normalizer",
    "faiss",
    "fastapi",
    "numpy",
    "openvino",
    "rich.console",
    "sentence_transformers",
    "tantivy",
    "tiktoken",
    "torch",
    "transformers",
    "uvicorn",
)
SHOW_HEAVY = f"print(*sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"


def heavy_modules_of(statement: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; {SHOW_HEAVY}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.split()


@pytest.mark.parametrize(
    "statement",
    ["import api.cli", "import api.cli, api.engine; api.cli.run([], api.engine.Engine())"],
)
def test_the_command_line_and_its_help_import_nothing_heavy(statement: str) -> None:
    assert heavy_modules_of(statement) == []
