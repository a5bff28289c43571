"""Negatives that our own retriever finds: its best passages for a question that do not answer it.

The passages of the training rows are indexed as a person's documents would be; what the retriever
ranks high for a question although another passage answers it is what the reader will have to tell
apart. Passages that hold an accepted answer anywhere are left out, for they may answer too.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rag.evaluation.indexing import OnProgress, index_set
from rag.evaluation.sets import QuestionSet
from rag.reading.training.rows import Row
from rag.settings import Settings
from rag.wiring import open_assistant

DEPTH = 8
"""Passages looked at for each question."""

MIN_ANSWER_CHARS = 2


def mine(
    rows: Sequence[Row],
    questions: int,
    folder: Path,
    settings: Settings,
    *,
    seed: int,
    on_progress: OnProgress | None = None,
) -> Iterator[Row]:
    """At most two rows for each question, `relevant` and `answerable` both False.

    Args:
        rows: Those with a short answer give passages and questions.
        questions: How many of them are asked, drawn by the seed.
        folder: Where the index of the passages is kept; a second run finds it there.
        settings: The model and the cache folder to use.
        seed: Draws the questions.
        on_progress: Told while the passages are indexed.
    """
    known = [row for row in rows if row.spans]
    passages = {
        text: f"p{number:06d}"
        for number, text in enumerate(dict.fromkeys(row.passage for row in known))
    }
    names = {f"{each}.row": text for text, each in passages.items()}
    placed = index_set(
        QuestionSet(
            "passages",
            {each: f"{each}.row" for each in passages.values()},
            {name: {"id": name[:-4], "text": text} for name, text in names.items()},
            (),
        ),
        folder,
        settings,
        on_progress,
    )
    draw = random.Random(seed)
    asked = draw.sample(known, min(questions, len(known)))
    with open_assistant(placed) as assistant:
        for row in asked:
            gold = [row.passage[start:end].lower() for start, end in row.spans]
            if max(map(len, gold)) < MIN_ANSWER_CHARS:
                continue
            hits = assistant.search(row.question, k=DEPTH)
            others = []
            for hit in hits:
                text = names[hit.document.uri]
                if text != row.passage and not any(each in text.lower() for each in gold):
                    others.append((text, (hit.chunk.start, hit.chunk.end)))
            for rank, (text, anchor) in enumerate(others[:2]):
                yield replace(
                    row,
                    id=f"mined{rank}-{row.source}-{row.id}",
                    source="mined",
                    passage=text,
                    spans=(),
                    answerable=False,
                    relevant=False,
                    anchor=anchor,
                    title=None,
                )
