"""Counts tokens of o200k_base, the unit of every prompt budget.

The rank table lies in the package (`rag/data`) and is read from there alone: nothing is downloaded
or copied to a cache, whatever the environment says. Words that look like special tokens are plain
text.
"""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from embeddings.errors import QuothError
from rag.few_tokens import LONGEST_WORD, FewTokens

if TYPE_CHECKING:
    from tiktoken import Encoding

_TABLE = "o200k_base.tiktoken"
_TABLE_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_SPECIAL_TOKENS = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}

# How o200k_base cuts text before merging bytes: tiktoken_ext/openai_public.py.
_CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        + _CONTRACTION,
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        + _CONTRACTION,
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)

# tiktoken overflows its stack on a million spaces, so that longer runs are counted in pieces; each
# cut costs at most about one token.
_MAX_RUN_CHARS = 20_000
_FEW_CHARS = 30_000
_LONG_RUN = re.compile(rf"\s{{{_MAX_RUN_CHARS}}}|\S{{{_MAX_RUN_CHARS}}}")


def count_tokens(text: str) -> int:
    """How many tokens of o200k_base the text has.

    Exact, but for runs of more than 20,000 characters without a change between white space and
    others, where it may be a few too many.

    Raises:
        QuothError: The rank table of the installation is damaged.
    """
    few = _few_first().few(text)
    if few is not None:
        return few.count(text)
    encoding = _encoding()
    count = 0
    done = 0
    for run in _LONG_RUN.finditer(text):
        count += len(encoding.encode_ordinary(text[done : run.start()]))
        count += len(encoding.encode_ordinary(run.group()))
        done = run.end()
    return count + len(encoding.encode_ordinary(text[done:]))


def load_tables() -> None:
    """Loads what counts many texts, up to a second's work, so that no later count waits for it."""
    _encoding()
    _few_first().leave_it()


@cache
def _encoding() -> "Encoding":
    from tiktoken import Encoding

    return Encoding(
        "o200k_base",
        pat_str=_PATTERN,
        mergeable_ranks=_ranks(),
        special_tokens=_SPECIAL_TOKENS,
    )


class _FewFirst:
    """Decides who counts: the first texts of a process without tiktoken, unless they are long."""

    def __init__(self) -> None:
        self._left = _FEW_CHARS
        self._few: FewTokens | None = None

    def few(self, text: str) -> FewTokens | None:
        """What counts this text; None leaves it to tiktoken, from then on for good."""
        self._left -= len(text)
        if self._left < 0 or LONGEST_WORD.search(text):
            self.leave_it()
            return None
        if self._few is None:
            self._few = FewTokens(_table(), _PATTERN)
        return self._few

    def leave_it(self) -> None:
        """Leaves all further texts to tiktoken, empty ones too."""
        self._left, self._few = -1, None


@cache
def _few_first() -> _FewFirst:
    return _FewFirst()


def _ranks() -> dict[bytes, int]:
    from binascii import a2b_base64

    lines = (line.split() for line in _table().splitlines())
    return {a2b_base64(token): int(rank) for token, rank in lines}


def _table() -> bytes:
    from hashlib import sha256

    try:
        table = files("rag").joinpath("data", _TABLE).read_bytes()
    except OSError as exc:
        raise _table_error(f"cannot be read: {exc.strerror}") from exc
    found = sha256(table).hexdigest()
    if found != _TABLE_SHA256:
        raise _table_error(f"has the checksum {found!r} instead of {_TABLE_SHA256!r}")
    return table


def _table_error(problem: str) -> QuothError:
    return QuothError(
        f"The token table {_TABLE!r} {problem}.",
        hint="Install Quoth again; the file is part of it.",
    )
