import json
import os
from pathlib import Path

import pytest

from rag.errors import QuestionSetInvalid
from rag.evaluation.questions import Evidence
from rag.evaluation.sets import RowParser, find_sets, read_set, write_corpus
from rag.types import Turn
from tests.rag.evaluation.small_set import CORPUS, QUERIES, write_set


def changed(query: int, **fields: object) -> list[dict]:
    return [dict(row, **fields) if n == query else dict(row) for n, row in enumerate(QUERIES)]


def test_relevant_documents_become_the_files_that_are_written(tmp_path: Path) -> None:
    small = read_set(write_set(tmp_path / "small"))
    write_corpus(small, tmp_path / "documents")
    (source,) = small.questions[0].sources
    parsed = RowParser().parse((tmp_path / "documents" / source).read_bytes())
    assert (parsed.title, parsed.date, parsed.text) == (
        "Trade",
        "2025-06-16",
        CORPUS[0]["text"],
    )


def test_a_set_is_named_after_its_folder(tmp_path: Path) -> None:
    assert read_set(write_set(tmp_path / "small")).name == "small"


def test_evidence_keeps_its_offsets(tmp_path: Path) -> None:
    question = read_set(write_set(tmp_path)).questions[0]
    assert question.evidence == (Evidence("000000.row", "grew by 35 percent", 28, 46),)


@pytest.mark.parametrize("given", [{"sentences": [1]}, {"text": "It will grow more."}])
def test_evidence_without_offsets_is_placed_by_its_words(tmp_path: Path, given: dict) -> None:
    queries = changed(0, evidence=[{"doc_id": "trade", **given}])
    (evidence,) = read_set(write_set(tmp_path, queries=queries)).questions[0].evidence
    text = str(CORPUS[0]["text"])
    assert text[evidence.start : evidence.end] == evidence.text == "It will grow more."


def test_evidence_in_other_words_has_no_place(tmp_path: Path) -> None:
    queries = changed(0, evidence=[{"doc_id": "trade", "text": "it grows"}])
    (evidence,) = read_set(write_set(tmp_path, queries=queries)).questions[0].evidence
    assert (evidence.start, evidence.end) == (None, None)


def test_an_agent_is_an_assistant(tmp_path: Path) -> None:
    question = read_set(write_set(tmp_path)).questions[1]
    assert question.history == (Turn("user", "Which bus?"), Turn("assistant", "A new."))


def test_answers_that_no_relevant_document_says_are_not_looked_for(tmp_path: Path) -> None:
    assert read_set(write_set(tmp_path)).questions[1].answers == ("18 meters",)


def test_yes_and_no_are_not_looked_for(tmp_path: Path) -> None:
    queries = [*QUERIES, {**QUERIES[0], "id": "q4", "answers": ["no"]}]
    assert read_set(write_set(tmp_path, queries=queries)).questions[3].answers == ()


def test_a_set_with_answers_in_its_own_words_has_none_to_look_for(tmp_path: Path) -> None:
    prose = [dict(QUERIES[1], id=f"p{n}", answers=["In other words."]) for n in range(3)]
    questions = read_set(write_set(tmp_path, queries=[*QUERIES, *prose])).questions
    assert not any(question.answers for question in questions)


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        (changed(1, relevant=["train"]), "Line 2 .* is not in the corpus: 'train'"),
        (changed(1, question=""), "Line 2 .* has no question: ''"),
        (changed(1, evidence=[{"text": "x"}]), "Line 2 .* has evidence that is none"),
        (changed(0, evidence=[{"doc_id": "trade", "sentences": [2]}]), "Line 1 .* a sentence"),
        (changed(1, history=[{"role": "judge", "text": "x"}]), "Line 2 .* an earlier turn"),
        (changed(1, answers="18"), "Line 2 .* \"answers\" as a list of strings, not '18'"),
        ([], "holds no question"),
    ],
)
def test_a_malformed_question_is_named_by_its_line(
    tmp_path: Path, queries: list[dict], said: str
) -> None:
    with pytest.raises(QuestionSetInvalid, match=said):
        read_set(write_set(tmp_path, queries=queries))


@pytest.mark.parametrize(
    ("corpus", "said"),
    [
        ([CORPUS[0], CORPUS[0]], "Line 2 of 'corpus.jsonl.gz' repeats the id 'trade'"),
        ([{"id": "a"}], 'Line 1 of \'corpus.jsonl.gz\' needs "id" and "text"'),
    ],
)
def test_a_malformed_document_is_named_by_its_line(
    tmp_path: Path, corpus: list[dict], said: str
) -> None:
    with pytest.raises(QuestionSetInvalid, match=said):
        read_set(write_set(tmp_path, corpus=corpus))


def test_a_corpus_that_is_not_packed_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / "corpus.jsonl.gz").write_text(json.dumps(CORPUS[0]), encoding="utf-8")
    with pytest.raises(QuestionSetInvalid, match="not packed with gzip"):
        read_set(tmp_path)


def test_what_is_written_already_is_not_touched(tmp_path: Path) -> None:
    small = read_set(write_set(tmp_path / "small"))
    folder = tmp_path / "documents"
    write_corpus(small, folder)
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    (folder / "000001.row").write_text("changed", encoding="utf-8")
    (folder / "000009.row").write_text("left over", encoding="utf-8")
    write_corpus(small, folder)
    kept = {path.name: path.stat().st_mtime == 1 for path in folder.iterdir()}
    assert kept == {"000000.row": True, "000001.row": False, "000002.row": True}


def test_a_folder_of_sets_holds_them_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    sets = [write_set(tmp_path / name) for name in ("b", "a")]
    assert find_sets(tmp_path) == tuple(sorted(sets))
    assert find_sets(tmp_path / "a") == (tmp_path / "a",)


@pytest.mark.parametrize(("folder", "said"), [("none", "There is no"), (".", "holds no question")])
def test_a_folder_without_sets_is_refused(tmp_path: Path, folder: str, said: str) -> None:
    with pytest.raises(QuestionSetInvalid, match=said):
        find_sets(tmp_path / folder)
