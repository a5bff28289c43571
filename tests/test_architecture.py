"""Imports go one way: `api` → `rag` → `embeddings`; only the wiring picks concrete classes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {"embeddings": {"rag", "api"}, "rag": {"api"}}
CONCRETE = {"rag.store.sqlite", "rag.index.local", "embeddings.loading"}


def imports(path: Path) -> set[str]:
    """The modules that a file imports, at the top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_no_layer_imports_one_above_it(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(package)
        for name in imports(path)
        if name.split(".")[0] in FORBIDDEN[package]
    }
    assert wrong == set()


def test_only_the_wiring_picks_concrete_classes() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in ("rag", "api")
        for path in modules(package)
        for name in imports(path) & CONCRETE
        if path.name != "wiring.py"
    }
    assert wrong == set()


def test_openvino_and_torch_are_imported_in_one_place_or_late() -> None:
    heavy = {"openvino", "torch", "transformers", "sentence_transformers"}
    wrong = {
        str(path.relative_to(ROOT))
        for package in ("rag", "api")
        for path in modules(package)
        if {name.split(".")[0] for name in imports(path)} & heavy
        and not path.is_relative_to(ROOT / "rag" / "reading" / "training")
    }
    assert wrong == set()


def test_nothing_that_answers_imports_the_training() -> None:
    training = ROOT / "rag" / "reading" / "training"
    wrong = {
        str(path.relative_to(ROOT))
        for package in ("rag", "api")
        for path in modules(package)
        if not path.is_relative_to(training)
        and any(name.startswith("rag.reading.training") for name in imports(path))
    }
    assert wrong == set()
