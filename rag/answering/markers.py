"""Whole sentences with the evidence they cite, out of a model's text as it comes."""

from collections.abc import Sequence

from rag.answering.verification.base import Piece

MAX_CHARS = 20_000
"""Characters of a model's text that are read; what comes after is left unread."""


class StreamParser:
    """Takes text in pieces of any size, and gives each sentence once it is surely whole.

    Args:
        evidence: The texts of the evidence, in the order of their numbers: a link's address
            stays only where they hold it.
        max_chars: What is read at most; `truncated` says whether there was more.
    """

    def __init__(self, evidence: Sequence[str], max_chars: int = MAX_CHARS) -> None:
        self._evidence = tuple(evidence)
        self._max_chars = max_chars
        self.truncated = False

    def feed(self, text: str) -> tuple[Piece, ...]:
        """The sentences that are whole by now, in order."""
        raise NotImplementedError(text)

    def finish(self, complete: bool = True) -> tuple[Piece, ...]:
        """What is left. Where the text broke off (`complete` is False), its last sentence is left
        out unless a sentence end closes it.
        """
        raise NotImplementedError(complete)


def lead_after(dropped: str, following: str) -> str:
    """The lead of a piece whose predecessor is not shown: a paragraph or list item that began with
    the one left out begins with this one.
    """
    return following if "\n" in following else dropped
