from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mcp_text import answer_text
from api.schemas import answer_json
from api.short_answers import LeadEvent, Leading, leading, leading_of, words_that_answer
from rag.answering.abstention import NOT_FOUND_TEXT
from rag.settings import Settings
from rag.streaming import (
    AnswerEvent,
    CitationEvent,
    CompleteEvent,
    DeltaEvent,
    StatusEvent,
    events_of,
)
from rag.types import Answer, AnswerSentence
from tests.answers import QUOTE, make_answer, make_citation, make_document, make_refusal

WORDS = "35 percent"

spaced = st.text(alphabet="ab \n\t\u00a0", max_size=12)


@pytest.mark.parametrize(
    ("short_answer", "first_sentence", "shown"),
    [
        (WORDS, QUOTE, WORDS),
        (" 35\n percent ", QUOTE, WORDS),
        (None, QUOTE, None),
        ("", QUOTE, None),
        (WORDS, f"{WORDS}.", None),
        ("“35 percent”", f" {WORDS}", None),
    ],
)
def test_a_short_answer_leads_where_the_text_says_more(
    short_answer: str | None, first_sentence: str, shown: str | None
) -> None:
    assert leading(short_answer, first_sentence) == shown


def led(events: list[AnswerEvent]) -> tuple[list[str], list[AnswerEvent]]:
    """What leads a stream, each before anything else is said, and the other events."""
    leader = Leading()
    shown = [each for event in events for each in leader.take(event)]
    leads = [each.text for each in shown if isinstance(each, LeadEvent)]
    others = [each for each in shown if not isinstance(each, LeadEvent)]
    first = next((at for at, each in enumerate(shown) if isinstance(each, DeltaEvent)), 0)
    assert all(isinstance(shown[first - 1], LeadEvent) for _ in leads)
    return leads, others


def written(*sentences: DeltaEvent | CitationEvent) -> list[AnswerEvent]:
    """The events of an answer that a model writes, which quotes were to say in short."""
    return [StatusEvent("answering", short_answer=WORDS), *sentences, CompleteEvent(make_answer())]


CITED = CitationEvent(make_citation(make_document()))
UNMARKED = CitationEvent(make_citation(make_document(), highlights=()))
MARKER = DeltaEvent(" [1]", between=True)
TWO_MARKERS = DeltaEvent(" [1] [2]", between=True)
SAYS = DeltaEvent("Trade grew by 35 Percent.")


def test_a_quote_waits_for_its_citation_and_is_led_by_the_short_answer() -> None:
    answer = make_answer(short_answer=WORDS)
    assert led(list(events_of(answer))) == ([WORDS], list(events_of(answer)))
    assert leading_of(answer) == WORDS


@pytest.mark.parametrize(
    ("events", "leads"),
    [
        (written(SAYS, MARKER, CITED), [WORDS]),
        (written(SAYS, TWO_MARKERS, UNMARKED, CITED), [WORDS]),
        (written(DeltaEvent("- ", between=True), SAYS, MARKER, CITED), [WORDS]),
        (written(SAYS, MARKER, UNMARKED), []),
        (written(DeltaEvent("Trade grew by 135 percent."), MARKER, CITED), []),
        (written(DeltaEvent("Trade grew."), MARKER, CITED, SAYS, MARKER, CITED), []),
        (written(DeltaEvent("35 percent."), MARKER, CITED), []),
        (written(DeltaEvent(NOT_FOUND_TEXT)), []),
    ],
)
def test_what_a_model_writes_is_led_by_it_only_where_the_first_sentence_says_and_cites_it(
    events: list[AnswerEvent], leads: list[str]
) -> None:
    assert led(events) == (leads, events)


def test_a_sentence_waits_for_its_own_citations_and_no_longer() -> None:
    leader = Leading()
    leader.take(StatusEvent("answering", short_answer=WORDS))
    assert [leader.take(event) for event in (SAYS, MARKER)] == [(), ()]
    assert leader.take(UNMARKED) == (SAYS, MARKER, UNMARKED)
    assert leader.take(SAYS) == (SAYS,)


def test_without_a_short_answer_nothing_waits() -> None:
    leader = Leading()
    for event in events_of(make_answer()):
        assert leader.take(event) == (event,)


def test_nothing_leads_a_refusal() -> None:
    assert leading_of(replace(make_refusal(), short_answer=WORDS)) is None


def quoting(cited: str, words: tuple[int, int], before: str) -> Answer:
    """An answer that says something, and then a quote with some of its words marked, as
    `rag.answering.citations.compose` makes it.
    """
    quote = " ".join(cited.split())
    start = len(before)
    citation = make_citation(
        make_document(),
        cited_text=cited,
        start=7,
        end=7 + len(cited),
        highlights=((7 + words[0], 7 + words[1]),),
        answer_spans=((start, start + len(quote)),),
    )
    sentence = AnswerSentence(start, start + len(quote), "supported", (1,))
    return make_answer(text=f"{before}{quote} [1]", sentences=(sentence,), citations=(citation,))


@given(spaced, spaced, spaced, st.sampled_from(["", "One. [2] "]))
def test_the_words_that_answer_are_found_in_the_text_whatever_white_space_was_squeezed(
    left: str, inner: str, right: str, before: str
) -> None:
    cited = f"{left}35{inner}percent{right}"
    answer = quoting(cited, (len(left), len(cited) - len(right)), before)
    (span,) = words_that_answer(answer)
    assert answer.text[span[0] : span[1]] == " ".join(f"35{inner}percent".split())
    assert span[0] == len(before) + len(" ".join(f"{left}x".split())) - 1


def test_the_second_of_two_equal_words_is_the_one_that_is_marked() -> None:
    cited = "Two of\ntwo of two."
    answer = quoting(cited, (7, 10), "")
    assert words_that_answer(answer) == ((7, 10),)


def test_no_words_are_marked_where_the_text_is_not_the_quote() -> None:
    assert words_that_answer(make_answer(method="llm")) == ()
    assert words_that_answer(make_answer(text=f"X{QUOTE[1:]} [1]")) == ()


def test_an_agent_is_told_the_short_answer_first() -> None:
    told = answer_text(answer_json(make_answer(short_answer=WORDS), Settings()))
    assert told.startswith(f"Short answer: {WORDS}\n\n{QUOTE} [1]\n\nSources:\n[1] ")
    assert answer_text(answer_json(make_answer(), Settings())).startswith(f"{QUOTE} [1]")
