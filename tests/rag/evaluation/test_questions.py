from pathlib import Path

import pytest

from rag.errors import QuestionSetInvalid
from rag.evaluation.questions import EvalQuestion, read_questions

ROOT = Path(__file__).parents[3]
SEEDS_QUESTIONS = ROOT / "tests/data/seeds_questions.jsonl"

ANSWERABLE = '{"question": "Who?", "answers": ["Ada"], "sources": ["a.txt"], "answerable": true}'


def write(folder: Path, text: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_becomes_a_question_named_after_its_line(tmp_path: Path) -> None:
    questions = read_questions(write(tmp_path, f"\n{ANSWERABLE}\n\n"))
    assert questions == (EvalQuestion("2", "Who?", ("Ada",), ("a.txt",), True),)


def test_an_unanswerable_question_needs_neither_answers_nor_sources(tmp_path: Path) -> None:
    (question,) = read_questions(write(tmp_path, '{"question": "Why?", "answerable": false}'))
    assert (question.answers, question.sources, question.answerable) == ((), (), False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 2 .* is not JSON"),
        ("[1]", r"Line 2 .* is \[1\], not a JSON object"),
        ('{"answerable": false}', "Line 2 .* has no question: None"),
        ('{"question": " ", "answerable": false}', "Line 2 .* has no question: ' '"),
        ('{"question": "Who?"}', 'Line 2 .* needs "answerable" as true or false, not None'),
        ('{"question": "Who?", "answerable": true}', "Line 2 .* accepts no answer"),
        (
            '{"question": "Who?", "answerable": true, "answers": "Ada"}',
            "Line 2 .* needs \"answers\" as a list of strings, not 'Ada'",
        ),
        (
            '{"question": "Who?", "answerable": false, "evidence": {"source": "a.txt"}}',
            'Line 2 .* needs "evidence" as a list',
        ),
        (
            '{"question": "Who?", "answerable": false, "evidence": [{"source": "a.txt"}]}',
            "Line 2 .* has evidence that is none",
        ),
    ],
)
def test_a_malformed_line_is_named_by_its_number(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(QuestionSetInvalid, match=said):
        read_questions(write(tmp_path, f"{ANSWERABLE}\n{line}\n"))


def test_a_set_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetInvalid, match="holds no question"):
        read_questions(write(tmp_path, "\n"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetInvalid, match="No such file"):
        read_questions(tmp_path / "none.jsonl")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b"\xe9")
    with pytest.raises(QuestionSetInvalid, match="not UTF-8"):
        read_questions(path)


@pytest.mark.parametrize("question", read_questions(SEEDS_QUESTIONS), ids=lambda q: q.id)
def test_each_accepted_answer_to_a_seeds_question_stands_in_an_accepted_file(
    question: EvalQuestion,
) -> None:
    texts = [(ROOT / "seeds" / name).read_text(encoding="utf-8") for name in question.sources]
    assert all(any(answer in text for text in texts) for answer in question.answers)


def test_a_quarter_of_the_seeds_questions_is_unanswerable() -> None:
    questions = read_questions(SEEDS_QUESTIONS)
    unanswerable = sum(not question.answerable for question in questions)
    assert len(questions) >= 24
    assert unanswerable * 4 >= len(questions)
