"""Which files of a root are left out: its own patterns, and the `.quothignore` files in its
folders.

Patterns are those of git: `*.tmp` anywhere below, `/drafts` or `a/b` from the folder of the file
(the root for patterns of its own), `build/` for folders only, `**` through any number of folders,
`!keep.tmp` takes back what an earlier line left out. Of several lines that match, the last counts;
a deeper file goes before one above it, and the root's own patterns before all files. What lies in a
folder that is left out cannot be taken back. `.gitignore` files mean nothing here.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from rag.store.base import Root

IGNORE_FILE = ".quothignore"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line: what it matches, below the folder of its file.

    Attributes:
        text: As it was written.
        origin: The file it stands in, below the root; empty for a pattern of the root's own.
        folder: Only what lies in this folder of the root is looked at; empty for all of it.
        takes_back: Whether it takes back what an earlier one left out.
        folders_only: Whether it matches folders alone.
    """

    text: str
    origin: str
    folder: str
    regex: re.Pattern[str]
    takes_back: bool
    folders_only: bool

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether it matches a path of the root itself, whatever lies above."""
        if self.folders_only and not is_folder:
            return False
        return self.regex.fullmatch(path[len(self.folder) + 1 if self.folder else 0 :]) is not None

    def __str__(self) -> str:
        return f"{self.text!r} in {self.origin}" if self.origin else repr(self.text)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is left out below one folder of a root.

    Attributes:
        include: Where there are any, a file must match one, itself or by a folder that it is in.
        exclude: The root's own.
        files: Of the `.quothignore` files from the root down to the folder.
    """

    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    files: tuple[Pattern, ...] = ()

    @classmethod
    def of(cls, root: Root) -> Self:
        """The rules at the top of a root."""
        return cls(parse(root.include), parse(root.exclude))

    def within(self, folder: str, lines: str) -> "Rules":
        """The rules below a folder with a `.quothignore` of these lines.

        Args:
            folder: Below the root, with forward slashes; empty for the root itself.
            lines: The file's text.
        """
        origin = f"{folder}/{IGNORE_FILE}" if folder else IGNORE_FILE
        added = parse(lines.splitlines(), origin=origin, folder=folder)
        return Rules(self.include, self.exclude, (*self.files, *added))

    def reason(self, path: str, *, is_folder: bool) -> str | None:
        """Why a file or folder is left out, as the end of a sentence; None where it is taken.

        The folders above it are taken to have been looked at before.
        """
        for patterns in (self.exclude, self.files):
            for pattern in reversed(patterns):
                if pattern.matches(path, is_folder=is_folder):
                    return None if pattern.takes_back else f"matches the pattern {pattern}"
        if is_folder or not self.include or _is_included(self.include, path):
            return None
        return "matches none of the patterns that it has to match"

    def reason_below(self, path: str, start: str = "") -> str | None:
        """As `reason` for a file, with the folders between `start` and the file looked at too."""
        parts = path[len(start) :].strip("/").split("/")
        above = start
        for part in parts[:-1]:
            above = f"{above}/{part}" if above else part
            if (found := self.reason(above, is_folder=True)) is not None:
                return found
        return self.reason(path, is_folder=False)

    def fingerprint(self) -> str:
        """Equal for equal rules; empty where nothing is left out."""
        if not (self.include or self.exclude or self.files):
            return ""
        written = [
            [(pattern.folder, pattern.text) for pattern in patterns]
            for patterns in (self.include, self.exclude, self.files)
        ]
        return hashlib.sha256(repr(written).encode()).hexdigest()[:12]


def parse(lines: Iterable[str], *, origin: str = "", folder: str = "") -> tuple[Pattern, ...]:
    """The patterns in lines; empty lines and comments (`#`) have none."""
    found = (_pattern(line, origin, folder) for line in lines)
    return tuple(pattern for pattern in found if pattern is not None)


def _pattern(line: str, origin: str, folder: str) -> Pattern | None:
    text = _without_trailing_blanks(line.rstrip("\r\n"))
    if not text or text.startswith("#"):
        return None
    takes_back = text.startswith("!")
    glob = text[1:] if takes_back else text
    folders_only = glob.endswith("/")
    glob = glob.rstrip("/") if folders_only else glob
    if not glob:
        return None
    anchored = "/" in glob
    glob = glob.removeprefix("/") if anchored else f"**/{glob}"
    return Pattern(text, origin, folder, _regex(glob), takes_back, folders_only)


def _without_trailing_blanks(line: str) -> str:
    """Blanks at the end do not count, unless the last one is written with a backslash."""
    stripped = line.rstrip(" ")
    if len(stripped) < len(line) and stripped.endswith("\\"):
        return stripped + " "
    return stripped


@cache
def _regex(glob: str) -> re.Pattern[str]:
    from wcmatch import glob as wcmatch

    flags = wcmatch.GLOBSTAR | wcmatch.DOTGLOB | wcmatch.FORCEUNIX | wcmatch.CASE
    positive, _ = wcmatch.translate(glob, flags=flags)
    return re.compile("|".join(positive))


def _is_included(include: Sequence[Pattern], path: str) -> bool:
    parts = path.split("/")
    folders = ["/".join(parts[:end]) for end in range(1, len(parts))]
    taken = False
    for pattern in include:
        if pattern.matches(path, is_folder=False) or any(
            pattern.matches(folder, is_folder=True) for folder in folders
        ):
            taken = not pattern.takes_back
    return taken
