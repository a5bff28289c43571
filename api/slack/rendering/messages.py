"""Whole Slack messages: an answer, that there is none, a failure, what is said meanwhile.

Every message is within Slack's limits, whatever the answer holds; an answer that does not fit one
message goes on in the next ones of its thread, and its buttons stand under the last.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.short_answers import leading_of
from api.slack.rendering.answers import answer_parts, leading_parts, text_parts
from api.slack.rendering.controls import Controls, Feedback, control_blocks, retry_block
from api.slack.rendering.escaping import escaped, one_line
from api.slack.rendering.limits import (
    CLOSING_WEIGHT,
    MESSAGE_BLOCKS,
    MESSAGE_WEIGHT,
    NOTIFICATION_CHARS,
    Block,
    weight,
)
from api.slack.rendering.plain import plain_texts
from api.slack.rendering.rich_text import Part, Run, rich_blocks, section
from api.slack.rendering.sources import citation_url, hit_parts, source_parts
from api.slack.rendering.splitting import shortened
from rag.types import Answer

__all__ = [
    "NEAREST",
    "THINKING",
    "Asked",
    "Block",
    "Controls",
    "Feedback",
    "SlackMessage",
    "answer_messages",
    "failure_message",
    "plain_message",
    "progress_message",
    "shown_documents",
]

THINKING = "Looking through the documents …"
NEAREST = 3
NOTICE_CHARS = 500
_PARTIAL = "Only a part of the question is answered by these documents."
_NEAREST = "The nearest passages, which do not answer the question:"
_USER = re.compile(r"[UW][A-Z0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message.

    Attributes:
        text: What a notification says; also shown where blocks cannot be. Escaped.
        blocks: At most 50.
    """

    text: str
    blocks: tuple[Block, ...]

    def plain(self) -> tuple["SlackMessage", ...]:
        """The same words as messages without blocks and buttons."""
        texts = plain_texts(self.blocks) or (self.text,)
        return tuple(SlackMessage(text, ()) for text in texts)

    def arguments(self) -> dict[str, object]:
        """What a call that posts or updates is given besides where: text, blocks, no unfurling."""
        return {
            "text": self.text,
            "blocks": list(self.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
            "parse": "none",
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what, said above an answer whose question stands nowhere else.

    Attributes:
        user: The id of a user, who is named (and so mentioned) on purpose; None says nobody.
    """

    question: str
    user: str | None = None


def answer_messages(
    answer: Answer,
    *,
    public_url: str | None,
    controls: Controls = Controls(),  # noqa: B008 — frozen
    asked: Asked | None = None,
    shared_by: str | None = None,
    streamed: bool = False,
) -> tuple[SlackMessage, ...]:
    """An answer of any status as one or more messages, in order.

    Args:
        answer: With `not_found` the nearest passages are shown.
        public_url: Where people reach the server; sources are links then.
        controls: What stands under the last message.
        asked: Said above the answer (a slash command, a shortcut).
        shared_by: The user who showed it to the channel; named and so mentioned.
        streamed: The text stands there already: the first message has only what comes under it,
            for the `blocks` of `chat.stopStream`.
    """
    urls = {each.number: citation_url(each, public_url) for each in answer.citations}
    linked = {number: url for number, url in urls.items() if url}
    head = [] if streamed else [*_head(asked, shared_by), *answer_parts(answer, linked)]
    blocks = [*rich_blocks(head)]
    blocks += rich_blocks(_remarks(answer))
    sources = [block for parts in _sources(answer, public_url) for block in rich_blocks(parts)]
    blocks += [{"type": "divider"}, *sources] if sources and blocks else sources
    return _messages(
        blocks,
        control_blocks(answer, controls),
        notification=f"{short} — {answer.text}" if (short := leading_of(answer)) else answer.text,
        first_weight=CLOSING_WEIGHT if streamed else MESSAGE_WEIGHT,
    )


def shown_documents(answer: Answer) -> frozenset[str]:
    """The ids of all documents whose words `answer_messages` shows."""
    if answer.status == "not_found":
        return frozenset(hit.document.id for hit in answer.hits[:NEAREST])
    return frozenset(citation.document.id for citation in answer.citations)


def progress_message(
    text: str, *, markdown: bool = False, short_answer: str | None = None
) -> SlackMessage:
    """An unfinished answer for `chat.update` while it is written: what there is of its text, cut
    to one message, and that it is not done.

    Args:
        text: What has come so far; empty before anything has.
        markdown: Whether a language model writes it.
        short_answer: What stands above the text.
    """
    doing = rich_blocks([section(Run("Writing …" if text.strip() else THINKING, italic=True))])
    parts = text_parts(text[:MESSAGE_WEIGHT], markdown=markdown, urls={})
    blocks = rich_blocks([*leading_parts(short_answer), *parts])
    return _messages(blocks, doing, notification=text.strip() or THINKING, at_most=1)[0]


def plain_message(sentence: str, *, retry: str | None = None) -> SlackMessage:
    """One or more sentences of our own (busy, not allowed, help); any text, shown as it is.

    Args:
        sentence: Cut where it does not fit one message.
        retry: The value of a button "Try again"; None: there is none.
    """
    controls = () if retry is None else (retry_block(retry),)
    blocks = rich_blocks([section(Run(sentence))])
    return _messages(blocks, controls, notification=sentence, at_most=1)[0]


def failure_message(sentence: str, request_id: str, *, retry: str | None = None) -> SlackMessage:
    """What went wrong in one sentence, and the id that an operator finds it by."""
    return plain_message(f"{sentence} (request id: {request_id})", retry=retry)


def _head(asked: Asked | None, shared_by: str | None) -> Iterator[Part]:
    if shared_by and _USER.fullmatch(shared_by):
        yield section(Run("Shared by ", italic=True), Run("", user=shared_by))
    if asked is None:
        return
    if asked.user and _USER.fullmatch(asked.user):
        yield section(Run("", user=asked.user), Run(" asked:"))
    yield Part("quote", (Run(one_line(asked.question)),))


def _remarks(answer: Answer) -> Iterator[Part]:
    """What the reader has to know of how the answer came about."""
    if answer.status == "partial":
        yield section(Run(_PARTIAL, italic=True))
    if answer.notice:
        yield section(Run(shortened(one_line(answer.notice), NOTICE_CHARS), italic=True))


def _sources(answer: Answer, public_url: str | None) -> Iterator[tuple[Part, ...]]:
    """The parts of each source, or of the nearest passages."""
    if answer.status != "not_found":
        for citation in answer.citations:
            yield source_parts(citation, public_url)
        return
    for at, hit in enumerate(answer.hits[:NEAREST]):
        before = (section(Run(_NEAREST, italic=True)),) if at == 0 else ()
        yield (*before, *hit_parts(hit, public_url))


def _messages(
    blocks: Sequence[Block],
    controls: Sequence[Block],
    *,
    notification: str,
    first_weight: int = MESSAGE_WEIGHT,
    at_most: int | None = None,
) -> tuple[SlackMessage, ...]:
    """The blocks in messages, in order, the controls under the last one."""
    packed: list[list[Block]] = [[]]
    heavy, room = 0, first_weight
    for block in blocks:
        more = weight(block)
        if packed[-1] and (heavy + more > room or len(packed[-1]) == MESSAGE_BLOCKS):
            packed.append([])
            heavy, room = 0, MESSAGE_WEIGHT
        packed[-1].append(block)
        heavy += more
    kept = packed[:at_most]
    while weight([*kept[-1], *controls]) > room or len(kept[-1]) + len(controls) > MESSAGE_BLOCKS:
        last = kept[-1].pop()
        if at_most is None:
            kept.append([last])
            break
    kept[-1] += controls
    text = _notification(notification)
    texts = [text, *(f"{text} ({at + 2})" for at in range(len(kept) - 1))]
    return tuple(SlackMessage(said, tuple(each)) for said, each in zip(texts, kept, strict=True))


def _notification(text: str) -> str:
    return escaped(shortened(one_line(text), NOTIFICATION_CHARS)) or THINKING
