"""Checksums of files that seldom change, remembered by path, size and modification time.

Reading 90 MB of weights at every command would cost more than the command. As in git's index, a
file whose size and time are unchanged is taken to be unchanged, unless its time is so recent that a
second write could share it. The memory is only a saving: when it is missing, damaged or cannot be
written, files are read again.
"""

import hashlib
import json
import logging
import os
import tempfile
import time
from pathlib import Path

logger = logging.getLogger(__name__)

_SETTLED_NS = 2_000_000_000
"""FAT keeps times to two seconds, the coarsest of the file systems in use."""


class FileHashes:
    """sha256 of files, remembered in one JSON file."""

    def __init__(self, memory: Path) -> None:
        """`memory` need not exist yet; neither need its folder."""
        self._memory = memory
        self._known = _read(memory)

    def sha256(self, path: Path) -> str:
        """In hexadecimal, read from the file only if it has changed since it was last read.

        Raises:
            OSError: The file cannot be read.
        """
        path = path.resolve()
        stat = path.stat()
        now_ns = time.time_ns()
        known = self._known.get(str(path))
        if known is not None and known[:2] == [stat.st_size, stat.st_mtime_ns]:
            return str(known[2])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if now_ns - stat.st_mtime_ns > _SETTLED_NS:
            self._known[str(path)] = [stat.st_size, stat.st_mtime_ns, digest]
            self._write()
        return digest

    def _write(self) -> None:
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(
                dir=self._memory.parent, prefix=self._memory.name, suffix=".tmp"
            )
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._known, file, indent=1, sort_keys=True)
            Path(temporary).replace(self._memory)
        except OSError as exc:
            logger.debug("checksums are not remembered in %s: %s", self._memory, exc)


def _read(memory: Path) -> dict[str, list[int | str]]:
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {
        path: entry
        for path, entry in known.items()
        if isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], str)
    }
