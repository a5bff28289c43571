"""Short answers and the words marked in quotes, over a real store, with a reader that is told what
to say.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.answering.short_answers import LONGEST
from rag.reading.base import Reading, Window
from rag.store.sqlite import SqliteStore
from rag.types import Answer, Citation
from tests.rag.answering.reading import ENCODER, TEXTS, reading_assistant
from tests.rag.corpus import put
from tests.reading.scripted import ScriptedReader, reader_of

GROWTH = "How much did trade between the two countries grow?"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "store.db", create=True) as store:
        put(store, ENCODER, TEXTS)
        yield store


def marked(store: SqliteStore, citation: Citation) -> list[str]:
    text = store.document_text(citation.document.id)
    return [text[start:end] for start, end in citation.highlights]


def test_the_words_that_answer_are_marked_and_given_first(
    store: SqliteStore, tmp_path: Path
) -> None:
    reader = reader_of({"trade": r"\d+ percent"})
    answer = reading_assistant(store, tmp_path, reader).ask(GROWTH)
    assert answer.short_answer == "35 percent"
    assert marked(store, answer.citations[0]) == ["35 percent"]
    assert answer.text.startswith("Trade between the two countries grew by 35 percent. [1]")


def test_without_a_reader_nothing_is_marked(store: SqliteStore, tmp_path: Path) -> None:
    answer = reading_assistant(store, tmp_path, None).ask(GROWTH)
    assert answer.short_answer is None
    assert all(citation.highlights == () for citation in answer.citations)


def test_the_sentence_that_the_words_stand_in_comes_first(
    store: SqliteStore, tmp_path: Path
) -> None:
    reader = reader_of({"trade": r"94 billion dollars"}, margin=12.0, answerable=6.0)
    answer = reading_assistant(store, tmp_path, reader).ask(GROWTH)
    assert "94 billion" in answer.citations[0].cited_text
    assert answer.short_answer == "94 billion dollars"


def test_other_sentences_stay_beside_the_one_that_gained(
    store: SqliteStore, tmp_path: Path
) -> None:
    def quotes(answer: Answer) -> set[str]:
        return {citation.cited_text for citation in answer.citations}

    question = "Who sent a letter to the festival and praised the cultural exchange?"
    alone = quotes(reading_assistant(store, tmp_path, None).ask(question))
    reader = reader_of({"letter": "President Tokayev"}, margin=12.0, answerable=6.0)
    assert len(alone) > 1
    assert alone <= quotes(reading_assistant(store, tmp_path, reader).ask(question))


def test_words_over_two_sentences_that_stand_together_are_quoted_with_both(
    store: SqliteStore, tmp_path: Path
) -> None:
    reader = reader_of({"trade": r"35 percent\. It reached 94"})
    answer = reading_assistant(store, tmp_path, reader).ask(GROWTH)
    first = answer.citations[0]
    assert first.cited_text == TEXTS["trade.txt"].partition(" New")[0]
    assert marked(store, first) == ["35 percent. It reached 94"]
    assert not any("It reached" in citation.cited_text for citation in answer.citations[1:])


@pytest.mark.parametrize(
    ("question", "answering"),
    [
        ("Is the electric bus in the capital 18 meters long?", "18 meters"),
        ("And can't the electric bus in the capital be 18 meters long?", "18 meters"),
        ("How long is the electric bus in the capital?", r"The electric.*18 meters long"),
    ],
)
def test_a_yes_or_no_and_most_of_the_quote_are_no_short_answers(
    store: SqliteStore, tmp_path: Path, question: str, answering: str
) -> None:
    answer = reading_assistant(store, tmp_path, reader_of({"bus": answering})).ask(question)
    assert answer.status == "answered"
    assert answer.citations[0].highlights
    assert answer.short_answer is None


def test_words_of_many_characters_are_no_short_answer(tmp_path: Path) -> None:
    long = "when the " + "very " * 20 + "cold wind blows"
    with SqliteStore.open(tmp_path / "long.db", create=True) as store:
        put(
            store,
            ENCODER,
            {
                "a.txt": f"The ferry of the old harbour stays at its own quay {long}, "
                "as the captain of the harbour has told the new crew."
            },
        )
        assistant = reading_assistant(store, tmp_path, reader_of({"ferry": long}))
        answer = assistant.ask("When does the ferry of the old harbour stay at its quay?")
    assert len(long) > LONGEST
    assert answer.citations[0].highlights
    assert answer.short_answer is None


def test_a_reader_that_is_not_sure_marks_nothing(store: SqliteStore, tmp_path: Path) -> None:
    reader = reader_of({"trade": "35 percent"}, margin=-1.5, answerable=0.5)
    answer = reading_assistant(store, tmp_path, reader).ask(GROWTH)
    assert answer.short_answer is None
    assert answer.citations[0].highlights == ()


def test_a_question_of_two_parts_has_no_short_answer(store: SqliteStore, tmp_path: Path) -> None:
    reader = reader_of({"trade": "35 percent", "bus": "18 meters"})
    answer = reading_assistant(store, tmp_path, reader).ask(
        "How much did trade between the two countries grow, and how long is the electric bus?"
    )
    assert answer.status == "answered"
    assert answer.short_answer is None
    assert [marked(store, each) for each in answer.citations[:2]] == [["35 percent"], ["18 meters"]]


def test_what_is_not_found_has_no_short_answer(store: SqliteStore, tmp_path: Path) -> None:
    reader = reader_of({"nothing": "nothing"})
    answer = reading_assistant(store, tmp_path, reader).ask("Who painted the Sistine Chapel?")
    assert (answer.status, answer.short_answer) == ("not_found", None)


def test_of_figures_that_differ_both_are_marked_and_the_newer_is_the_short_answer(
    tmp_path: Path,
) -> None:
    with SqliteStore.open(tmp_path / "budget.db", create=True) as store:
        for name, coins, date in (("a.txt", 300, "2020-01-01"), ("b.txt", 500, "2024-01-01")):
            text = f"The budget of the city library is {coins} coins."
            put(store, ENCODER, {name: text}, date=date)
        assistant = reading_assistant(store, tmp_path, reader_of({"budget": r"\d+ coins"}))
        answer = assistant.ask("How much is the budget of the city library?")
        found = [marked(store, citation) for citation in answer.citations]
    assert found == [["500 coins"], ["300 coins"]]
    assert answer.short_answer == "500 coins"


WORDS = re.findall(r"[A-Za-z0-9]+", " ".join(TEXTS.values()))
LOGITS = st.floats(-12, 12)
PLACES = st.tuples(st.floats(0, 1), st.floats(0, 1), LOGITS, LOGITS, LOGITS)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join),
    st.lists(PLACES, min_size=1, max_size=5),
)
def test_whatever_a_reader_says_quotes_and_marks_are_exact(
    store: SqliteStore, tmp_path: Path, question: str, said: list[tuple[float, ...]]
) -> None:
    def says(question: str, window: Window) -> Reading:
        first, last, *logits = said[len(window.text) % len(said)]
        words = [found.span() for found in re.finditer(r"\S+", window.text)]
        places = sorted((int(first * (len(words) - 1)), int(last * (len(words) - 1))))
        span = window.start + words[places[0]][0], window.start + words[places[1]][1]
        return Reading(span, *logits)

    answer = reading_assistant(store, tmp_path, ScriptedReader(says)).ask(question)
    for citation in answer.citations:
        text = store.document_text(citation.document.id)
        assert text[citation.start : citation.end] == citation.cited_text
        for start, end in citation.highlights:
            assert citation.start <= start < end <= citation.end
            assert text[start:end] == text[start:end].strip()
    if answer.short_answer is not None:
        first_marked = marked(store, answer.citations[0])[0]
        assert answer.short_answer == " ".join(first_marked.split())
        assert len(answer.short_answer) <= LONGEST
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
