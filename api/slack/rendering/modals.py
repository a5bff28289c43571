"""Modals: a source's passage, and the comment to a rating."""

from collections.abc import Mapping, Sequence

from api.passages import Segment
from api.slack.rendering import actions
from api.slack.rendering.controls import plain_text
from api.slack.rendering.limits import MESSAGE_WEIGHT, Block, weight
from api.slack.rendering.rich_text import Part, Run, rich_blocks, section
from api.slack.rendering.sources import citation_url, segment_runs, source_line
from api.slack.rendering.splitting import shortened
from rag.types import Citation

COMMENT_CHARS = 3_000
_TITLE_CHARS = 24


def passage_modal(
    citation: Citation, passage: Sequence[Segment], *, public_url: str | None
) -> dict[str, object]:
    """A view with the passage that a citation quotes from (see `api.passages.cited_passage`), the
    quote apart from what surrounds it; with a button to the page where people reach the server.
    """
    quoted = [at for at, segment in enumerate(passage) if segment.kind != "context"]
    first, last = (quoted[0], quoted[-1] + 1) if quoted else (len(passage), len(passage))
    before, quote, after = passage[:first], passage[first:last], passage[last:]
    parts = [
        section(*source_line(citation, None)),
        *([section(Run(citation.heading, italic=True))] if citation.heading else []),
        section(*segment_runs(before)),
        Part("quote", tuple(segment_runs(quote))),
        section(*segment_runs(after)),
    ]
    blocks = list(_fitting(rich_blocks(parts)))
    if url := citation_url(citation, public_url):
        blocks.append({"type": "actions", "elements": [_page_button(url)]})
    return _view("Passage", blocks)


def notice_modal(title: str, sentence: str) -> dict[str, object]:
    """A view that says one thing, as that an answer is no longer kept; the title is cut at 24
    characters.
    """
    return _view(title, _fitting(rich_blocks([section(Run(sentence))])))


def comment_modal(private_metadata: str) -> dict[str, object]:
    """A view that asks what was wrong. Its `callback_id` is `COMMENT_VIEW`.

    Args:
        private_metadata: Given back when it is sent, at most 3,000 characters.
    """
    written: Block = {
        "type": "plain_text_input",
        "action_id": actions.COMMENT_INPUT,
        "multiline": True,
        "max_length": COMMENT_CHARS,
    }
    asked: Block = {
        "type": "input",
        "block_id": actions.COMMENT_BLOCK,
        "label": plain_text("What was wrong, or missing?"),
        "element": written,
        "optional": True,
    }
    return {
        **_view("Not helpful", [asked]),
        "callback_id": actions.COMMENT_VIEW,
        "private_metadata": private_metadata,
        "submit": plain_text("Send"),
    }


def comment_of(view: Mapping[str, object]) -> str | None:
    """What was written into the comment modal that Slack sends back; None for nothing."""
    found: object = view
    for key in ("state", "values", actions.COMMENT_BLOCK, actions.COMMENT_INPUT, "value"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found.strip() or None if isinstance(found, str) else None


def _view(title: str, blocks: Sequence[Block]) -> dict[str, object]:
    return {
        "type": "modal",
        "title": plain_text(shortened(title, _TITLE_CHARS)),
        "close": plain_text("Close"),
        "blocks": list(blocks),
    }


def _fitting(blocks: Sequence[Block]) -> list[Block]:
    """The first of the blocks, as many as a view takes."""
    kept: list[Block] = []
    for block in blocks:
        if kept and weight([*kept, block]) > MESSAGE_WEIGHT:
            break
        kept.append(block)
    return kept


def _page_button(url: str) -> Block:
    return {
        "type": "button",
        "text": plain_text("Open the document"),
        "action_id": actions.PAGE,
        "url": url,
    }
