import pytest

from rag.answering.question import (
    QuestionKind,
    holds_kind,
    question_kind,
    question_parts,
    years,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is Kazakhstan's ambassador to China?", "person"),
        ("When did the first freight train depart?", "time"),
        ("In which year was it founded?", "time"),
        ("How many guests attended?", "number"),
        ("What percentage of the budget is spent?", "number"),
        ("Where does the railway start?", "place"),
        ("Which country hosts the summit?", "place"),
        ("Why was the meeting held?", "other"),
        ("", "other"),
    ],
)
def test_the_kind_asked_for_is_read_off_the_question(question: str, kind: QuestionKind) -> None:
    assert question_kind(question) == kind


@pytest.mark.parametrize(
    ("kind", "sentence", "expected"),
    [
        ("number", "Trade grew by 35 percent.", True),
        ("number", "Trade grew by a third.", True),
        ("number", "Trade grew.", False),
        ("time", "It opened in May 2023.", True),
        ("time", "It opened.", False),
        ("person", "The event was opened by Shen Haixiong.", True),
        ("person", "The event was opened.", False),
        ("place", "The train left from Kashgar.", True),
        ("other", "Anything at all, 2023.", False),
    ],
)
def test_a_sentence_holds_the_kind_or_not(
    kind: QuestionKind, sentence: str, expected: bool
) -> None:
    assert holds_kind(kind, sentence) is expected


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When was it founded?", ("When was it founded?",)),
        (
            "When was the SCO founded, and who leads it?",
            ("When was the SCO founded", "who leads it?"),
        ),
        ("Who came? What did they say?", ("Who came?", "What did they say?")),
        ("What are bread and butter?", ("What are bread and butter?",)),
        ("Who and what?", ("Who and what?",)),
    ],
)
def test_a_question_is_taken_apart_where_another_begins(
    question: str, parts: tuple[str, ...]
) -> None:
    assert question_parts(question) == parts


def test_years_are_told_from_other_numbers() -> None:
    assert years("From 1999 to 2025, 3000 people and 12345 others, 94.8") == {"1999", "2025"}
