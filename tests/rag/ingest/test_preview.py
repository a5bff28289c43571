from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import RootEmptied
from rag.ingest.targets import Patterns
from tests.rag.ingest.small_ingest import LONG_AGO_NS, SmallIngest, open_small_ingest


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    opened = open_small_ingest(tmp_path)
    yield opened
    opened.store.close()


def previewed(small: SmallIngest, patterns: Patterns = Patterns()) -> dict[str, str]:  # noqa: B008
    found = small.ingestor.preview([small.docs], patterns=patterns)
    top = f"{small.docs}/"
    return {file.path.removeprefix(top): file.action for file in found.files}


def test_a_preview_says_what_the_ingest_then_does(small: SmallIngest):
    for name in ("kept", "touched", "changed", "moved", "gone"):
        small.write(f"{name}.txt", f"text of {name}")
    small.ingestor.sync([small.docs])
    small.write("touched.txt", "text of touched", at_ns=LONG_AGO_NS + 10**9)
    small.write("changed.txt", "other text")
    (small.docs / "moved.txt").rename(small.docs / "there.txt")
    (small.docs / "gone.txt").unlink()
    small.write("new.txt", "new text")
    small.write("odd.bin", "?")
    small.write("b.tmp.txt", "left out")
    patterns = Patterns(exclude=("*.tmp.txt",))
    assert previewed(small, patterns) == {
        "b.tmp.txt": "leave out",
        "changed.txt": "update",
        "gone.txt": "delete",
        "kept.txt": "keep",
        "new.txt": "add",
        "odd.bin": "skip",
        "there.txt": "move",
        "touched.txt": "keep",
    }
    report = small.ingestor.sync([small.docs], patterns=patterns)
    assert (report.added, report.updated, report.moved, report.deleted) == (1, 1, 1, 1)
    assert (report.unchanged, report.skipped, report.left_out) == (2, 1, 1)


def test_a_preview_changes_nothing_and_loads_nothing(small: SmallIngest):
    small.write("a.txt", "apple")
    assert previewed(small) == {"a.txt": "add"}
    assert small.store.roots() == ()
    assert small.loads == 0


def test_a_preview_of_a_folder_around_a_known_one_knows_its_files(small: SmallIngest):
    small.write("in/a.txt", "apple")
    small.ingestor.sync([small.docs / "in"])
    assert previewed(small) == {"in/a.txt": "keep"}
    assert [root.path for root in small.store.roots()] == [str(small.docs / "in")]


def test_a_preview_says_why_and_by_which_parser(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.bin", "?")
    found = small.ingestor.preview([small.docs]).files
    assert [(file.parser, file.reason) for file in found] == [
        ("text/plain", None),
        (None, "There is no parser for '.bin'."),
    ]


def test_a_preview_refuses_what_the_ingest_would(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    with pytest.raises(RootEmptied):
        previewed(small, Patterns(exclude=("*",)))
