"""git itself says what its patterns mean: `git check-ignore` is asked the same."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.ingest.ignoring import Rules, parse

PATHS = (
    "a.tmp",
    "b.txt",
    "build/x.txt",
    "build/deep/a.tmp",
    "sub/build/x.txt",
    "sub/a.tmp",
    "sub/b.txt",
    "sub/keep.tmp",
    "sub/deep/er/b.txt",
    "sub/deep/er/#odd",
    "sub/with blank.txt",
)
LINES = (
    "*.tmp",
    "!keep.tmp",
    "build/",
    "/build",
    "sub/build",
    "build",
    "/*.txt",
    "**/b.txt",
    "sub/**",
    "sub/**/b.txt",
    "!sub/b.txt",
    "!sub/",
    "deep/*",
    "sub/deep/**/b.txt",
    "[ab].t*",
    "[!a].txt",
    "# *.txt",
    "",
    "\\#odd",
    "b.txt   ",
    "?.txt",
    "er/",
    "/sub/*/er",
    "*",
    "!*.txt",
    "with\\ blank.txt",
)

lines = st.lists(st.sampled_from(LINES), max_size=5)


def left_out_by_git(folder: Path, top: list[str], sub: list[str]) -> set[str]:
    for path in PATHS:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (folder / ".gitignore").write_text("\n".join(top), encoding="utf-8")
    (folder / "sub" / ".gitignore").write_text("\n".join(sub), encoding="utf-8")
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=folder,
        input="\0".join(PATHS),
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.split("\0")) - {""}


def left_out(top: list[str], sub: list[str]) -> set[str]:
    rules = Rules().within("", "\n".join(top))
    inner = rules.within("sub", "\n".join(sub))
    found = set()
    for path in PATHS:
        if not path.startswith("sub/"):
            reason = rules.reason_below(path)
        elif rules.reason("sub", is_folder=True) is not None:
            reason = "its folder"
        else:
            reason = inner.reason_below(path, "sub")
        if reason is not None:
            found.add(path)
    return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@settings(max_examples=150, deadline=None)
@given(top=lines, sub=lines)
def test_patterns_mean_what_they_mean_to_git(repository: Path, top: list[str], sub: list[str]):
    assert left_out(top, sub) == left_out_by_git(repository, top, sub)


def test_of_include_patterns_a_file_must_match_one():
    rules = Rules(include=parse(["*.md", "/letters/"]))
    assert rules.reason("a/b.md", is_folder=False) is None
    assert rules.reason("letters/1/x.txt", is_folder=False) is None
    assert rules.reason("a/letters", is_folder=True) is None
    assert rules.reason("a/letters/x.txt", is_folder=False) is not None


def test_the_reason_names_the_pattern_and_its_file():
    rules = Rules(exclude=parse(["*.tmp"])).within("sub", "*.log")
    assert rules.reason("a.tmp", is_folder=False) == "matches the pattern '*.tmp'"
    reason = rules.reason("sub/a.log", is_folder=False)
    assert reason == "matches the pattern '*.log' in sub/.quothignore"


def test_a_pattern_of_the_root_goes_before_files():
    rules = Rules(exclude=parse(["!a.tmp"])).within("", "*.tmp")
    assert rules.reason("a.tmp", is_folder=False) is None
    assert rules.reason("b.tmp", is_folder=False) is not None


def test_the_fingerprint_tells_rules_apart():
    assert Rules().fingerprint() == ""
    one, two = Rules(include=parse(["a"])), Rules(exclude=parse(["a"]))
    assert one.fingerprint() not in ("", two.fingerprint())
    assert one.fingerprint() == Rules(include=parse(["a"])).fingerprint()
