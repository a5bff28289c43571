from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import IngestError, RootEmptied
from rag.ingest.targets import Patterns
from tests.rag.ingest.small_ingest import SmallIngest, open_small_ingest
from tests.rag.ingest.test_sync import counts


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    opened = open_small_ingest(tmp_path)
    opened.write("a.txt", "apple")
    opened.write("b.old.txt", "banana")
    opened.write("build/c.txt", "cherry")
    yield opened
    opened.store.close()


def sync(small: SmallIngest, **patterns: tuple[str, ...]) -> dict[str, int]:
    return counts(small.ingestor.sync([small.docs], patterns=Patterns(**patterns)))


def test_patterns_are_remembered_with_the_folder(small: SmallIngest):
    assert sync(small, exclude=("*.old.txt", "build/")) == {"added": 1}
    assert counts(small.ingestor.sync(None)) == {"unchanged": 1}
    (root,) = small.store.roots()
    assert (root.include, root.exclude) == ((), ("*.old.txt", "build/"))


def test_what_a_new_pattern_leaves_out_goes_and_comes_back_without_it(small: SmallIngest):
    sync(small)
    assert sync(small, exclude=("build/",)) == {"deleted": 1, "unchanged": 2}
    assert small.texts() == ["apple", "banana"]
    assert sync(small, include=("*.old.txt",)) == {"deleted": 1, "unchanged": 1}
    assert sync(small, include=(), exclude=()) == {"added": 2, "unchanged": 1}


def test_patterns_that_leave_nothing_are_refused_and_not_remembered(small: SmallIngest):
    sync(small)
    with pytest.raises(RootEmptied, match="The patterns leave no file"):
        sync(small, include=("*.typo",))
    assert small.store.roots()[0].include == ()
    assert len(small.texts()) == 3
    report = small.ingestor.sync(
        [small.docs], patterns=Patterns(include=("*.typo",)), allow_empty=True
    )
    assert counts(report) == {"deleted": 3}


def test_ignore_files_count_where_a_part_is_brought_in(small: SmallIngest):
    (small.docs / ".quothignore").write_text("c.txt\n", encoding="utf-8")
    small.write("build/d.txt", "date")
    sync(small)
    report = small.ingestor.sync([small.docs / "build"])
    assert counts(report) == {"unchanged": 1}
    assert small.paths() == ["a.txt", "b.old.txt", "build/d.txt"]


def test_a_folder_whose_ignore_file_cannot_be_read_keeps_what_it_held(small: SmallIngest):
    sync(small)
    (small.docs / "build" / ".quothignore").write_bytes(b"\xff\xfe\xff")
    report = small.ingestor.sync([small.docs])
    assert counts(report) == {"unchanged": 2, "failed": 1}
    assert len(small.texts()) == 3


def test_patterns_belong_to_whole_folders(small: SmallIngest):
    sync(small)
    patterns = Patterns(exclude=("x",))
    with pytest.raises(IngestError, match="none was named"):
        small.ingestor.sync(None, patterns=patterns)
    with pytest.raises(IngestError, match="whole folders"):
        small.ingestor.sync([small.docs / "build"], patterns=patterns)


def test_a_folder_with_patterns_is_not_silently_taken_over(small: SmallIngest):
    small.ingestor.sync([small.docs / "build"], patterns=Patterns(exclude=("*.tmp",)))
    with pytest.raises(IngestError, match="patterns of its own"):
        sync(small)
