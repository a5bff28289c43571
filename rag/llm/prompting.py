"""What a model is told for one question: rules, numbered evidence within a budget, what was said
before, the question.

Invariants: the prompt has no more tokens than it may, but where the question alone has more;
evidence is left out from the weakest, and a piece that is too long alone ends with a sentence; the
random mark stands in none of the quoted texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.llm.base import Message
from rag.llm.fencing import new_boundary, shown, shown_on_one_line
from rag.llm.prompts import Prompts
from rag.tokens import count_tokens
from rag.types import Hit, Turn

NOT_FOUND = "NOT_IN_DOCUMENTS"
"""What a model says instead of an answer."""

HISTORY_SHARE = 0.2
"""Of the prompt's tokens, at most, for what was said before."""

LONGEST_TURN = 120
"""Tokens of one earlier turn; a longer one ends early."""

_ROLES = {"user": "Question", "assistant": "Answer"}


@dataclass(frozen=True, slots=True)
class AnswerPrompt:
    """A prompt and what it holds.

    Attributes:
        evidence: In the order of its numbers, from 1.
        texts: How much of each piece's text was shown: all of it, or whole sentences from its
            beginning, as the document has them.
        evidence_tokens: Of the passages, in o200k_base.
    """

    messages: tuple[Message, ...]
    evidence: tuple[Hit, ...]
    texts: tuple[str, ...]
    evidence_tokens: int


def answer_prompt(
    prompts: Prompts,
    question: str,
    hits: Sequence[Hit],
    history: Sequence[Turn],
    *,
    prompt_tokens: int,
    evidence_tokens: int,
) -> AnswerPrompt:
    """The prompt for an answer.

    Args:
        prompts: Its texts.
        question: As it was asked, or rewritten.
        hits: The evidence, best first, at least one.
        history: Earlier turns, oldest first.
        prompt_tokens: Most tokens of all of it.
        evidence_tokens: Most tokens of the evidence.
    """
    boundary = new_boundary([question, *(hit.chunk.text for hit in hits), *_texts(history)])
    system = prompts.fill("answer", "system", boundary=boundary, not_found=NOT_FOUND, question="")
    left = prompt_tokens - count_tokens(system) - count_tokens(question) - _AROUND
    earlier = _history(prompts, history, boundary, int(prompt_tokens * HISTORY_SHARE), left)
    left = min(left - count_tokens(earlier), evidence_tokens)
    told: list[str] = []
    texts: list[str] = []
    used = 0
    for number, hit in enumerate(hits, start=1):
        source = _source(hit)
        text = hit.chunk.text
        if not told:
            text = _fitting(hit, left - count_tokens(source))
        piece = prompts.fill(
            "answer",
            "evidence",
            boundary=boundary,
            number=str(number),
            source=source,
            text=shown(text),
        )
        tokens = count_tokens(piece)
        if told and used + tokens > left:
            break
        told.append(piece)
        texts.append(text)
        used += tokens
    user = prompts.fill(
        "answer",
        "user",
        evidence="\n\n".join(told),
        history=earlier,
        question=question,
        boundary=boundary,
        not_found=NOT_FOUND,
    )
    messages = (Message("system", system), Message("user", user))
    told_hits = tuple(hits[: len(told)])
    evidence_tokens = sum(hit.chunk.tokens for hit in told_hits)
    return AnswerPrompt(messages, told_hits, tuple(texts), evidence_tokens)


_AROUND = 60
"""Tokens for what stands between the parts of a prompt."""


def turns_text(history: Sequence[Turn], most_tokens: int) -> str:
    """The newest turns that fit, oldest first, each on one line and none longer than a few
    sentences.
    """
    lines: list[str] = []
    for turn in reversed(history):
        line = f"{_ROLES[turn.role]}: {_shortened(turn.text)}"
        most_tokens -= count_tokens(line)
        if most_tokens < 0:
            break
        lines.append(line)
    return "\n".join(reversed(lines))


def _history(
    prompts: Prompts, history: Sequence[Turn], boundary: str, most_tokens: int, left: int
) -> str:
    turns = turns_text(history, min(most_tokens, left // 2))
    if not turns:
        return ""
    return prompts.fill("answer", "history", boundary=boundary, turns=turns) + "\n"


def _shortened(text: str) -> str:
    """The beginning of a text on one line, ending with a sentence where there is room for one."""
    line = " ".join(shown(text).split())
    if count_tokens(line) <= LONGEST_TURN:
        return line
    line = line[: LONGEST_TURN * 4]
    end = max(line.rfind(mark) for mark in (". ", "? ", "! "))
    return line[: end + 1] if end > 0 else f"{line.rpartition(' ')[0]} …"


def _source(hit: Hit) -> str:
    document = hit.document
    parts = [document.uri, hit.chunk.heading or document.title, document.date or ""]
    return ", ".join(shown_on_one_line(part) for part in parts if part)


def _fitting(hit: Hit, most_tokens: int) -> str:
    """The passage, or its beginning up to the last sentence that fits; one sentence at least."""
    chunk = hit.chunk
    if chunk.tokens <= most_tokens or count_tokens(chunk.text) <= most_tokens:
        return chunk.text
    ends = [end - chunk.start for _, end in chunk.sentences]
    fitting = [end for end in ends if count_tokens(chunk.text[:end]) <= most_tokens]
    end = fitting[-1] if fitting else (ends[0] if ends else len(chunk.text))
    return chunk.text[:end]


def _texts(history: Sequence[Turn]) -> list[str]:
    return [turn.text for turn in history]
