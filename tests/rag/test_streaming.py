from hypothesis import given
from hypothesis import strategies as st

from rag.streaming import (
    AnswerEvent,
    CitationEvent,
    CompleteEvent,
    DeltaEvent,
    StatusEvent,
    events_of,
)
from rag.types import Answer, AnswerSentence
from tests.answers import make_answer, make_citation, make_document, make_refusal

spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer at all, also with spans that do not fit its text."""
    text = draw(st.text(alphabet="ab. [123]\n", max_size=50))
    document = make_document()
    citations = tuple(
        make_citation(document, number=number, answer_spans=tuple(answer_spans))
        for number, answer_spans in enumerate(draw(st.lists(st.lists(spans, max_size=2))), 1)
    )
    sentences = tuple(AnswerSentence(*span, "supported", ()) for span in draw(st.lists(spans)))
    return make_answer(text=text, sentences=sentences, citations=citations)


def shown(events: list[AnswerEvent]) -> list[str | int]:
    """Texts as they are, citations as their numbers."""
    return [
        event.text if isinstance(event, DeltaEvent) else event.citation.number
        for event in events
        if isinstance(event, DeltaEvent | CitationEvent)
    ]


@given(answers())
def test_the_deltas_are_the_text_and_none_is_empty(answer: Answer) -> None:
    texts = [event.text for event in events_of(answer) if isinstance(event, DeltaEvent)]
    assert "".join(texts) == answer.text
    assert all(texts)


@given(answers())
def test_every_citation_comes_once_and_the_whole_answer_last(answer: Answer) -> None:
    first, *between, last = events_of(answer)
    given = [event.citation for event in between if isinstance(event, CitationEvent)]
    assert first == StatusEvent("answering")
    assert last == CompleteEvent(answer)
    assert sorted(given, key=lambda each: each.number) == list(answer.citations)


@given(answers())
def test_no_citation_comes_before_the_text_that_stands_on_it(answer: Answer) -> None:
    said = 0
    for event in events_of(answer):
        if isinstance(event, DeltaEvent):
            said += len(event.text)
        elif isinstance(event, CitationEvent) and event.citation.answer_spans:
            assert said >= min(event.citation.answer_spans[0][1], len(answer.text))


def test_a_citation_comes_right_after_its_marker() -> None:
    document = make_document()
    answer = make_answer(
        text="It grew. [1] It shrank. [2] [3]",
        sentences=(
            AnswerSentence(0, 8, "supported", (1,)),
            AnswerSentence(13, 23, "supported", (2, 3)),
        ),
        citations=(
            make_citation(document, number=1, answer_spans=((0, 8),)),
            make_citation(document, number=2, answer_spans=((13, 23),)),
            make_citation(document, number=3, answer_spans=((13, 23),)),
        ),
    )
    events = shown(list(events_of(answer)))
    assert events == ["It grew.", " [1]", 1, " It shrank.", " [2] [3]", 2, 3]


def test_a_refusal_streams_its_sentence() -> None:
    refusal = make_refusal()
    assert shown(list(events_of(refusal))) == [refusal.text]
