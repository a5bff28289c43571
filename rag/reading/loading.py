"""Opens the reader that Quoth ships with, if its files are the ones that its manifest promises.

The weights lie in the package, or in a folder of the same form; nothing is fetched.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from embeddings.errors import ModelUnusable
from embeddings.hashes import FileHashes
from rag.errors import ReaderFailed, ReaderMissing, ReaderRejected
from rag.reading.base import Reader

MODEL_FOLDER = Path(__file__).parent / "model"

GRAPH_FILE = "reader.xml"
TOKENIZER_FILE = "tokenizer.json"
_MANIFEST_FILE = "manifest.json"
_FILES = (GRAPH_FILE, "reader.bin", TOKENIZER_FILE)

_FORMAT = 1
_READING_FORMAT = 1
"""Part of every fingerprint: raise it when the same weights begin to give other readings."""


@dataclass(frozen=True, slots=True)
class ReaderFiles:
    """A reader on disk, as its manifest describes it.

    Attributes:
        folder: Where it lies.
        fingerprint: Of all that decides what it says, in hexadecimal.
        sha256: Of each file.
        max_question_tokens: Questions are cut there.
        max_title_tokens: Titles are cut there.
        max_tokens: Of question, title and window together, special tokens included.
    """

    folder: Path
    fingerprint: str
    sha256: dict[str, str]
    max_question_tokens: int
    max_title_tokens: int
    max_tokens: int


def has_reader(folder: Path = MODEL_FOLDER) -> bool:
    """Whether weights are there; they may still turn out to be the wrong ones."""
    return (folder / _MANIFEST_FILE).is_file()


def find_reader(folder: Path = MODEL_FOLDER) -> ReaderFiles:
    """What a folder's manifest says; the other files are not looked at.

    Raises:
        ReaderMissing: There is no manifest.
        ReaderRejected: It cannot be read.
    """
    try:
        content = json.loads((folder / _MANIFEST_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise ReaderMissing(
            f"There are no weights of a reader in {str(folder)!r}.",
            hint="Install Quoth again, or set QUOTH_READER=off.",
        ) from exc
    except (OSError, ValueError) as exc:
        raise _rejected(folder, f"its manifest cannot be read: {exc}") from exc
    try:
        if content["format"] != _FORMAT:
            raise _rejected(folder, f"its manifest has the format {content['format']!r}")
        sha256 = {file: str(content["sha256"][file]) for file in _FILES}
        limits = [int(content[f"max_{each}tokens"]) for each in ("question_", "title_", "")]
    except (KeyError, TypeError, ValueError) as exc:
        raise _rejected(folder, f"its manifest lacks or garbles {exc}") from exc
    if min(limits) < 1 or limits[0] + limits[1] + 3 >= limits[2]:
        raise _rejected(folder, f"its manifest leaves no room for a window: {limits}")
    described = json.dumps([_READING_FORMAT, sha256, limits], sort_keys=True)
    fingerprint = hashlib.sha256(described.encode()).hexdigest()
    return ReaderFiles(folder, fingerprint, sha256, *limits)


def load_reader(cache_dir: Path, folder: Path = MODEL_FOLDER) -> Reader:
    """The reader, ready to read; many threads may ask it at once.

    Args:
        cache_dir: Where checksums are remembered, and what was prepared for this processor.
        folder: Of the weights.

    Raises:
        ReaderMissing: There are no weights.
        ReaderRejected: A file is missing, or is not the promised one.
        ReaderFailed: It cannot be loaded on this machine.
    """
    from rag.reading.compiled import CompiledReader
    from rag.reading.queued import QueuedReader
    from rag.reading.remembering import RememberingReader

    files = find_reader(folder)
    _verify(files, FileHashes(cache_dir / "reader-checksums.json"))
    try:
        compiled = CompiledReader(files, cache_dir=cache_dir / "openvino")
    except ModelUnusable as exc:  # OpenVINO is not here
        raise ReaderFailed(exc.message, hint="Install it, or set QUOTH_READER=off.") from exc
    return RememberingReader(QueuedReader(compiled))


def _verify(files: ReaderFiles, hashes: FileHashes) -> None:
    for file, promised in files.sha256.items():
        try:
            found = hashes.sha256(files.folder / file)
        except OSError as exc:
            raise _rejected(files.folder, f"{file} cannot be read: {exc.strerror}") from exc
        if found != promised:
            raise _rejected(files.folder, f"the sha256 of {file} is {found}, not {promised}")


def _rejected(folder: Path, why: str) -> ReaderRejected:
    return ReaderRejected(
        f"The reader in {str(folder)!r} is not the one that was promised: {why}.",
        hint="Install Quoth again, or set QUOTH_READER=off.",
    )
