"""Follow-up questions rewritten by the model, so that they can be understood alone.

A rewriting is only taken where it is one: a question of about the same length, in the same script,
that keeps what was asked and brings in nothing that was not said before. Otherwise, or when it does
not come in time, the built-in way stands (`rag.retrieval.followups`).
"""

import re
from collections.abc import Sequence

from rag.errors import LanguageModelFailed
from rag.llm.base import NO_USAGE, LanguageModel, Message, TokenUsage, said
from rag.llm.fencing import new_boundary, shown
from rag.llm.prompting import turns_text
from rag.llm.prompts import Prompts
from rag.types import Turn

TIMEOUT_S = 2.0
HISTORY_TOKENS = 600
ANSWER_TOKENS = 120
MOST_ADDED = 160
"""Characters that a rewriting may have more than the question."""

MOST_NEW_SHARE = 0.34
"""Of a rewriting's longer words, at most, that nobody has said before."""

_LEAD = re.compile(
    r"^\W*(?:the\s+)?(?:rewritten\s+|standalone\s+|last\s+)?question\s*(?:is\s*)?:\s*", re.I
)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_SHORT = 3


def rewritten(
    model: LanguageModel,
    prompts: Prompts,
    question: str,
    history: Sequence[Turn],
    *,
    timeout_s: float = TIMEOUT_S,
) -> tuple[str | None, TokenUsage]:
    """The question as it would be asked alone, None where the model gives none in time that can be
    used; and the tokens it took.
    """
    turns = turns_text(history, HISTORY_TOKENS)
    boundary = new_boundary([question, turns])
    values = {"boundary": boundary, "turns": turns, "question": shown(question)}
    messages = tuple(
        Message(role, prompts.fill("rewrite", role, **values)) for role in ("system", "user")
    )
    try:
        text, usage = said(model, messages, max_tokens=ANSWER_TOKENS, timeout_s=timeout_s)
    except LanguageModelFailed:
        return None, NO_USAGE
    candidate = _LEAD.sub("", text.strip()).strip().strip("\"'“”«»`*").strip()
    heard = [turn.text for turn in history]
    return (candidate if is_rewriting(candidate, question, heard) else None), usage


def is_rewriting(candidate: str, question: str, heard: Sequence[str]) -> bool:
    """Whether a text can stand for a question.

    Args:
        candidate: The text.
        question: As it was asked.
        heard: What was said before it.
    """
    if not candidate or "\n" in candidate or len(candidate) > len(question) + MOST_ADDED:
        return False
    is_question = candidate.rstrip().endswith(("?", "？", "؟", ";"))
    if question.rstrip().endswith("?") and not is_question:
        return False
    if _scripts(candidate) - _scripts(" ".join([question, *heard])):
        return False
    words, asked = _words(candidate), _words(question)
    known = asked | _words(" ".join(heard))
    long = {word for word in words if len(word) > _SHORT}
    if not long:
        return False
    new = {word for word in long if word not in known and not _has_stem(word, known)}
    keeps = not asked or not _kept(asked) or bool(_kept(asked) & words)
    return keeps and len(new) <= MOST_NEW_SHARE * len(long)


def _kept(words: frozenset[str]) -> frozenset[str]:
    """Words that a rewriting must not lose all of."""
    return frozenset(word for word in words if len(word) > _SHORT and word not in _REFERRING)


_REFERRING = frozenset(
    ("about", "there", "their", "they", "them", "these", "those", "this", "that", "what", "which",
     "when", "where", "then", "else", "more", "also", "does", "have", "were", "would", "could",
     "should", "with", "same", "such", "tell")
)  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))


def _has_stem(word: str, known: frozenset[str]) -> bool:
    return any(word[:5] == other[:5] for other in known if len(other) > _SHORT)


def _scripts(text: str) -> frozenset[str]:
    """Coarse: which blocks of letters a text uses, beyond Latin ones."""
    return frozenset(
        "cjk" if code >= 0x2E80 else str(code // 0x100)
        for code in map(ord, text)
        if code >= 0x250 and chr(code).isalpha()
    )
