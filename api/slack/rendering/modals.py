"""Modals: a source's passage, and the comment to a rating."""

from collections.abc import Sequence

from api.passages import Segment
from rag.types import Citation


def passage_modal(
    citation: Citation, passage: Sequence[Segment], *, public_url: str | None
) -> dict[str, object]:
    """A view with the passage that a citation quotes from (see `api.passages.cited_passage`), the
    quote apart from what surrounds it; with a button to the page where people reach the server.
    """
    raise NotImplementedError


def notice_modal(title: str, sentence: str) -> dict[str, object]:
    """A view that says one thing, as that an answer is no longer kept."""
    raise NotImplementedError


def comment_modal(private_metadata: str) -> dict[str, object]:
    """A view that asks what was wrong. Its `callback_id` is `COMMENT_VIEW`.

    Args:
        private_metadata: Given back when it is sent, at most 3,000 characters.
    """
    raise NotImplementedError


def comment_of(view: dict[str, object]) -> str | None:
    """What was written into the comment modal; None for nothing."""
    raise NotImplementedError
