"""Whether the answers that were kept can still be shown."""

from collections.abc import Iterator

from rag.doctor.base import Check, Progress, Subject, counted, some
from rag.errors import StoreCorrupt
from rag.store.codecs import decode_answer


def check_answers(subject: Subject) -> Iterator[Check]:
    """Every answer of every conversation."""
    (total,) = subject.db.execute("SELECT count(*) FROM answers").fetchone()
    (conversations,) = subject.db.execute("SELECT count(*) FROM conversations").fetchone()
    broken: list[str] = []
    rows = subject.db.execute("SELECT id, answer FROM answers ORDER BY id")
    for done, (answer_id, stored) in enumerate(rows):
        if done % 100 == 0:
            subject.on_progress(Progress("answers", done, total))
        try:
            decode_answer(stored, answer_id)
        except StoreCorrupt:
            broken.append(answer_id)
    if not broken:
        yield Check(
            "answers",
            True,
            f"{counted(total, 'answer')} in {counted(conversations, 'conversation')} can be read.",
        )
        return
    subject.findings.answers.update(broken)
    yield Check(
        "answers",
        False,
        f"{counted(len(broken), 'answer')} of {total:,} cannot be read: {some(broken)}.",
        "Run `quoth doctor --repair`: what was said stays, its sources and its feedback go.",
        repairable=True,
    )
