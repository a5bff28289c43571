"""Follow-ups beside a person's rewriting of them: what does the history do for retrieval?

The last turn is searched for alone, with the conversation before it, and as a person rewrote it to
stand alone. A turn that the person left as it was stands alone already: there, history must not
harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.evaluation.lines import malformed, read_rows, strings
from rag.evaluation.metrics import normalise
from rag.evaluation.questions import question_text, read_history
from rag.evaluation.ranking import DEPTH, NDCG, ranked_files, ranking_values
from rag.evaluation.records import Record
from rag.evaluation.sets import QuestionSet
from rag.retrieval.retriever import Retrieval
from rag.types import Turn

REWRITES_FILE = "rewrite_pairs.jsonl"
SHAPE_HINT = (
    'Each line is one JSON object: {"id": "…", "history": ["an earlier question"], "question": '
    '"…", "rewrite": "…", "relevant": ["document id"], "all_relevant_in_pool": true}.'
)


class Retrieving(Protocol):
    """Finds passages, knowing what was said before."""

    def retrieve(self, question: str, *, k: int = 8, history: Sequence[Turn] = ()) -> Retrieval: ...


@dataclass(frozen=True, slots=True)
class RewritePair:
    """The last turn of a conversation, and how a person put it to stand alone; `sources` are the
    files that answer it.
    """

    id: str
    question: str
    rewrite: str
    history: tuple[Turn, ...]
    sources: tuple[str, ...]

    @property
    def stands_alone(self) -> bool:
        """Whether the person changed no word of it."""
        return normalise(self.question) == normalise(self.rewrite)


def read_rewrites(folder: Path, question_set: QuestionSet) -> tuple[RewritePair, ...]:
    """The pairs of a set that have a history and whose relevant documents are all in its corpus;
    none without the file.

    Raises:
        QuestionSetInvalid: A line is malformed.
    """
    path = folder / REWRITES_FILE
    if not path.exists():
        return ()
    pairs = []
    for number, row in read_rows(path, SHAPE_HINT):
        relevant = strings(path, number, row, "relevant", SHAPE_HINT)
        history = read_history(path, number, row, SHAPE_HINT)
        known = all(each in question_set.files for each in relevant)
        if not (relevant and known and history):
            continue
        rewrite = row.get("rewrite")
        if not isinstance(rewrite, str) or not rewrite.strip():
            raise malformed(path, number, f"has no rewrite: {rewrite!r:.80}", SHAPE_HINT)
        pairs.append(
            RewritePair(
                id=f"rewrite:{row.get('id', number)}",
                question=question_text(path, number, row, SHAPE_HINT),
                rewrite=rewrite,
                history=history,
                sources=tuple(question_set.files[each] for each in relevant),
            )
        )
    return tuple(pairs)


def rewrite_record(respondent: Retrieving, pair: RewritePair) -> Record:
    """Searches in the three ways."""

    def ndcg(question: str, history: Sequence[Turn]) -> float:
        passages = respondent.retrieve(question, k=DEPTH, history=history).passages
        ranked = ranked_files([passage.hit for passage in passages], pair.sources)
        return ranking_values(ranked, pair.sources)[NDCG]

    last, own = ndcg(pair.question, ()), ndcg(pair.question, pair.history)
    if pair.stands_alone:
        change = own - last
        values = {"standalone_last_turn": last, "standalone_own": own, "standalone_change": change}
    else:
        values = {
            "followup_last_turn": last,
            "followup_own": own,
            "followup_rewrite": ndcg(pair.rewrite, ()),
        }
    return Record(pair.id, pair.question, "rewrite", False, False, 0.0, values)
