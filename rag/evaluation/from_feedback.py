"""Makes an evaluation set of what people thought of answers, in the form that
`rag.evaluation.questions` reads.

An answer that was liked says what is right: its question should be answered again from the same
files, with one of the same quotes. A refusal that was liked says that the documents hold no answer.
An answer that was disliked says only that it was not right, and not what would be.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.conversations import MOST_TURNS
from rag.evaluation.questions import DISPUTED
from rag.store.conversations_base import ConversationStore
from rag.store.feedback_base import Feedback, FeedbackStore
from rag.types import Answer, Turn

Line = dict[str, object]
HistoryOf = Callable[[Answer], Sequence[Turn]]
"""The turns before an answer's question, oldest first."""

_PAGE = 500


def question_lines(
    items: Iterable[tuple[Feedback, Answer]],
    *,
    history_of: HistoryOf = lambda answer: (),
    disputed: bool = False,
) -> Iterator[Line]:
    """One line for each rating that says something about what is right, in the order given.

    Args:
        items: Feedback with its answers.
        history_of: What was said before; a follow-up cannot be asked again without it.
        disputed: Whether to give the disliked ones too. They are asked and shown, but whether they
            should be answered is not judged.

    Yields:
        Objects with `id` (the answer's, and a number where others rated it too), `question`,
        `answerable`, `rating`, and where they apply `answers` (quotes, of which one is enough),
        `sources`, `evidence`, `history`, `type` and `comment`.
    """
    given: Counter[str] = Counter()
    for feedback, answer in items:
        line = _liked(answer) if feedback.rating == "up" else _disliked() if disputed else None
        if line is None:
            continue
        given[answer.id] += 1
        number = given[answer.id]
        history = [{"role": t.role, "text": _clean(t.text)} for t in history_of(answer)]
        yield {
            "id": answer.id if number == 1 else f"{answer.id}-{number}",
            "question": _clean(answer.question),
            **line,
            **({"history": history} if history else {}),
            "rating": feedback.rating,
            **({"comment": feedback.comment} if feedback.comment else {}),
        }


def all_feedback(store: FeedbackStore) -> Iterator[tuple[Feedback, Answer]]:
    """Everything that a store has, the last given first, a page at a time."""
    after = None
    while page := store.list(limit=_PAGE, after=after):
        yield from page
        after = page[-1][0].cursor


def history_in(conversations: ConversationStore) -> HistoryOf:
    """Looks up what an answer's assistant knew of its conversation."""

    def history_of(answer: Answer) -> tuple[Turn, ...]:
        if answer.conversation_id is None:
            return ()
        turns = conversations.turns(answer.conversation_id)
        own = next((n for n, turn in enumerate(turns) if turn.answer_id == answer.id), 1)
        earlier = turns[: own - 1]
        return tuple(Turn(turn.role, turn.text) for turn in earlier[-MOST_TURNS:])

    return history_of


def _liked(answer: Answer) -> Line | None:
    if answer.status == "not_found":
        return {"answerable": False}
    quoted = [citation for citation in answer.citations if citation.cited_text.strip()]
    if not quoted:
        return None
    return {
        "answerable": True,
        "answers": list(dict.fromkeys(citation.cited_text for citation in quoted)),
        "sources": list(dict.fromkeys(citation.document.uri for citation in quoted)),
        "evidence": [
            {"source": citation.document.uri, "text": citation.cited_text} for citation in quoted
        ],
        **({"type": "partial"} if answer.status == "partial" else {}),
    }


def _disliked() -> Line:
    return {"answerable": False, "type": DISPUTED}


def _clean(text: str) -> str:
    """A question from a terminal in another encoding holds what UTF-8 has no form for."""
    return text.encode("utf-8", "replace").decode("utf-8")
