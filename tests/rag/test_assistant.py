"""The whole way from a question to an answer, over a real store and real indexes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from rag.answering.abstention import NOT_FOUND_TEXT
from rag.assistant import Assistant
from rag.errors import IndexMismatch, NothingIndexed, QuestionInvalid
from rag.filters import Access, Filters
from rag.index.local import LocalIndex
from rag.store.sqlite import SqliteStore
from rag.types import Turn
from tests.rag.corpus import drop, put

ENCODER = HashingEncoder()
TEXTS = {
    "trade.txt": "Trade between the two countries grew by 35 percent. "
    "It reached 94 billion dollars. New railways were built along the coast.",
    "bus.txt": "The electric bus in the capital is 18 meters long. It withstands severe cold.",
    "letter.txt": "President Tokayev sent a congratulatory letter to the festival. "
    "He praised the cultural exchange.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "store.db", create=True)
    yield store
    store.close()


@pytest.fixture
def assistant(store: SqliteStore, tmp_path: Path) -> Assistant:
    put(store, ENCODER, TEXTS)
    return Assistant(store, LocalIndex(tmp_path / "index", store), ENCODER)


def test_the_answer_is_quoted_with_its_place(assistant: Assistant) -> None:
    answer = assistant.ask("How long is the electric bus in the capital?")
    assert answer.status == "answered"
    assert answer.text.startswith("The electric bus in the capital is 18 meters long. [1]")
    first = answer.citations[0]
    assert (first.number, first.document.uri, first.first_line) == (1, "bus.txt", 1)


def test_every_citation_is_the_documents_own_text(assistant: Assistant) -> None:
    for question in ("How much did trade grow?", "Who sent a letter?", "electric bus railways"):
        answer = assistant.ask(question)
        for citation in answer.citations:
            text = assistant.store.document_text(citation.document.id)
            assert text[citation.start : citation.end] == citation.cited_text


def test_answer_spans_and_sentences_point_into_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("How much did trade between the two countries grow?")
    for sentence, citation in zip(answer.sentences, answer.citations, strict=True):
        shown = answer.text[sentence.start : sentence.end]
        assert shown == " ".join(citation.cited_text.split())
        assert citation.answer_spans == ((sentence.start, sentence.end),)
        assert answer.text[sentence.end :].startswith(f" [{citation.number}]")


def test_what_the_documents_do_not_say_is_not_found(assistant: Assistant) -> None:
    answer = assistant.ask("Who painted the ceiling of the Sistine Chapel?")
    assert (answer.status, answer.text, answer.citations) == ("not_found", NOT_FOUND_TEXT, ())
    assert 0 <= answer.confidence < 0.2


def test_leaders_that_are_close_are_compared_by_their_best_sentences_alone(
    assistant: Assistant, store: SqliteStore
) -> None:
    other = TEXTS["bus.txt"].replace("capital", "village")
    put(store, ENCODER, {"other.txt": other})
    hits = assistant.search("How long is the electric bus?")
    compared = [hit for hit in hits if "sentence_alone" in hit.scores]
    assert len(compared) == 2
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_question_of_two_parts_may_be_answered_in_part(assistant: Assistant) -> None:
    answer = assistant.ask(
        "How long is the electric bus in the capital, and who won the football world cup?"
    )
    assert answer.status == "partial"
    assert answer.question == (
        "How long is the electric bus in the capital, and who won the football world cup?"
    )
    assert "18 meters" in answer.citations[0].cited_text


def test_a_quote_that_says_it_first_is_quoted_with_what_it_means(assistant: Assistant) -> None:
    answer = assistant.ask("What withstands severe cold?")
    assert answer.citations[0].cited_text == TEXTS["bus.txt"]


def test_the_same_question_gives_the_same_answer(assistant: Assistant) -> None:
    answers = [assistant.ask("Who sent a congratulatory letter?") for _ in range(2)]
    same = [replace(each, id="", timings_ms={}) for each in answers]
    assert same[0] == same[1]


def test_a_follow_up_finds_what_it_leans_on(assistant: Assistant) -> None:
    history = (
        Turn("user", "How long is the electric bus in the capital?"),
        Turn("assistant", "18"),
    )
    answer = assistant.ask("Does it withstand cold?", history=history)
    assert answer.citations[0].document.uri == "bus.txt"
    assert "electric" in answer.history_terms


def test_filters_and_access_keep_documents_out(assistant: Assistant) -> None:
    question = "How long is the electric bus in the capital?"
    filtered = assistant.ask(question, filters=Filters(filename=("trade.*",)))
    assert {hit.document.uri for hit in filtered.hits} == {"trade.txt"}
    assert assistant.ask(question, access=Access(collections=("secret",))).hits == ()


def test_what_another_process_ingested_is_seen(assistant: Assistant, store: SqliteStore) -> None:
    put(store, ENCODER, {"new.txt": "Zebras graze in the northern steppe."})
    assert assistant.ask("Where do zebras graze?").citations[0].document.uri == "new.txt"
    drop(store, "new.txt")
    hits = assistant.ask("Where do zebras graze?").hits
    assert "new.txt" not in {hit.document.uri for hit in hits}


def test_newer_figures_stand_before_older_ones(store: SqliteStore, tmp_path: Path) -> None:
    put(
        store, ENCODER, {"a.txt": "The budget of the city library is 300 coins."}, date="2020-01-01"
    )
    put(
        store, ENCODER, {"b.txt": "The budget of the city library is 500 coins."}, date="2024-01-01"
    )
    assistant = Assistant(store, LocalIndex(tmp_path / "index", store), ENCODER)
    answer = assistant.ask("How much is the budget of the city library?")
    assert [citation.document.uri for citation in answer.citations] == ["b.txt", "a.txt"]


@pytest.mark.parametrize("question", ["", "   ", "?!…", "x" * 8001])
def test_a_question_that_is_none_is_refused(assistant: Assistant, question: str) -> None:
    with pytest.raises(QuestionInvalid) as caught:
        assistant.ask(question)
    assert caught.value.hint


def test_an_empty_index_is_said_to_be_empty(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(NothingIndexed):
        Assistant(store, LocalIndex(tmp_path / "index", store), ENCODER).ask("Anything?")


def test_an_index_of_another_model_is_refused(
    assistant: Assistant, store: SqliteStore, tmp_path: Path
) -> None:
    other = Assistant(store, LocalIndex(tmp_path / "index", store), HashingEncoder(dimension=64))
    with pytest.raises(IndexMismatch, match="made with the model"):
        other.ask("How long is the bus?")


def test_a_stricter_level_answers_less(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, TEXTS)
    index = LocalIndex(tmp_path / "index", store)
    questions = ["Which festival was praised?", "Which coast has railways?", "What is severe?"]
    answered = {
        level: sum(
            Assistant(store, index, ENCODER, level=level).ask(each).status == "answered"
            for each in questions
        )
        for level in ("strict", "balanced", "eager")
    }
    assert answered["strict"] <= answered["balanced"] <= answered["eager"]


WORDS = re.findall(r"[A-Za-z0-9]+", " ".join(TEXTS.values()))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join))
def test_whatever_is_asked_citations_are_exact(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    for citation in answer.citations:
        text = assistant.store.document_text(citation.document.id)
        assert text[citation.start : citation.end] == citation.cited_text
