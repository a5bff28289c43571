import os
from pathlib import Path

import pytest

from rag.ingest.scan import FoundFile, ScanProblem, scan
from tests.rag.ingest.small_ingest import closed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "docs"
    folder.mkdir()
    return folder


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path, encoding="utf-8")


def found(root: Path, **options: object) -> list[str]:
    return [item.path for item in scan(root, **options) if isinstance(item, FoundFile)]  # type: ignore[arg-type]


def problems(root: Path) -> list[tuple[str, str]]:
    return [(item.path, item.kind) for item in scan(root) if isinstance(item, ScanProblem)]


def test_files_come_in_one_order_with_paths_below_the_root(root: Path):
    write(root, "b.txt", "a/z.txt", "a/b/c.txt", "c.txt")
    assert found(root) == ["a/b/c.txt", "a/z.txt", "b.txt", "c.txt"]


def test_a_file_comes_with_its_size_and_time(root: Path):
    write(root, "a.txt")
    os.utime(root / "a.txt", ns=(1, 1234567890123456700))
    (item,) = scan(root)
    assert item == FoundFile("a.txt", str(root / "a.txt"), 5, 1234567890123456700)


def test_hidden_entries_are_left_out(root: Path):
    write(root, ".hidden.txt", ".git/config.txt", "a/.b/c.txt", "a/d.txt")
    assert found(root) == ["a/d.txt"]


def test_a_root_may_itself_be_hidden(tmp_path: Path):
    folder = tmp_path.resolve() / ".notes"
    write(folder, "a.txt")
    assert found(folder) == ["a.txt"]


def test_the_excluded_folder_is_left_out(root: Path):
    write(root, "data/a.txt", "a.txt")
    assert found(root, exclude=root / "data") == ["a.txt"]


def test_a_root_can_be_a_single_file(root: Path):
    write(root, "a.txt", "b.txt")
    assert found(root / "a.txt") == ["a.txt"]


@pytest.mark.parametrize(
    ("below", "paths"),
    [
        ("sub", ["sub/a.txt", "sub/deep/b.txt"]),
        ("sub/deep", ["sub/deep/b.txt"]),
        ("sub/a.txt", ["sub/a.txt"]),
        ("gone", []),
        (".hidden", []),
    ],
)
def test_a_part_of_a_root_is_scanned_alone(root: Path, below: str, paths: list[str]):
    write(root, "sub/a.txt", "sub/deep/b.txt", "c.txt", ".hidden/d.txt")
    assert found(root, below=below) == paths


def test_a_link_to_a_file_inside_is_a_file(root: Path):
    write(root, "a/real.txt")
    (root / "link.txt").symlink_to(root / "a" / "real.txt")
    assert found(root) == ["a/real.txt", "link.txt"]


def test_links_that_lead_out_or_to_folders_are_not_followed(root: Path, tmp_path: Path):
    write(root, "a/real.txt", ".hidden/secret.txt")
    (tmp_path / "outside.txt").write_text("x", encoding="utf-8")
    (root / "folder").symlink_to(root / "a")
    (root / "hidden.txt").symlink_to(root / ".hidden" / "secret.txt")
    (root / "loop").symlink_to(root)
    (root / "out.txt").symlink_to(tmp_path / "outside.txt")
    assert found(root) == ["a/real.txt"]
    links = [("folder", "link"), ("hidden.txt", "link"), ("loop", "link"), ("out.txt", "link")]
    assert problems(root) == links


def test_a_link_to_nothing_or_to_itself_is_no_file(root: Path):
    (root / "broken.txt").symlink_to(root / "nowhere.txt")
    (root / "self.txt").symlink_to(root / "self.txt")
    assert found(root) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_is_no_file(root: Path):
    os.mkfifo(root / "pipe.txt")
    assert list(scan(root)) == []


def test_a_name_that_is_not_utf8_is_reported(root: Path):
    name = os.fsencode(root) + b"/caf\xe9.txt"
    try:
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    write(root, "b.txt")
    assert found(root) == ["b.txt"]
    assert problems(root) == [("caf\\xe9.txt", "file")]


def test_a_name_with_other_letters_is_a_path_like_any(root: Path):
    write(root, "мир/日本 語.txt")
    assert found(root) == ["мир/日本 語.txt"]


def test_a_folder_that_cannot_be_read_is_reported(root: Path):
    write(root, "closed/a.txt", "b.txt")
    with closed(root / "closed"):
        assert found(root) == ["b.txt"]
        assert problems(root) == [("closed", "folder")]
