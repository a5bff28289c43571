import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import FileUnreadable
from rag.ingest.parsers.subtitles import SubtitleParser
from tests.rag.ingest.parsers.fixtures import parsed, place_of


def test_a_sentence_runs_over_cues_and_each_says_its_time() -> None:
    talk = parsed("talk.vtt")
    assert talk.text == (
        "Anna: The budget was raised to ten million crowns.\n"
        "Bo: We will build the quay & the crane."
    )
    assert place_of(talk, "The budget") == "00:00:01"
    assert place_of(talk, "to ten million") == "00:00:04"
    assert place_of(talk, "We will build") == "01:02:05"


def test_a_long_silence_after_a_sentence_begins_a_paragraph() -> None:
    assert parsed("ferry.srt").text == (
        "The ferry leaves from pier nine.\n\nTickets are sold on board."
    )


def test_words_that_stay_on_the_screen_are_said_once() -> None:
    rolling = (
        "00:00:01,000 --> 00:00:02,000\nwe begin\n\n"
        "00:00:02,000 --> 00:00:03,000\nwe begin\nat the quay\n"
    )
    assert SubtitleParser().parse(rolling.encode()).text == "we begin at the quay"


def test_a_file_without_times_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="times"):
        SubtitleParser().parse(b"Just words.\n")


@given(st.text(alphabet="0123:,.-> \n<v>ab", max_size=200))
def test_places_are_in_order_whatever_the_file(text: str) -> None:
    try:
        document = SubtitleParser().parse(text.encode())
    except FileUnreadable:
        return
    edges = [edge for place in document.places for edge in (place.start, place.end)]
    assert edges == sorted(edges)
    assert max([0, *edges]) <= len(document.text)
