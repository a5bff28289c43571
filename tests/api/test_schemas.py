import pytest

from api.schemas import answer_json, hit_json
from rag.settings import Settings
from tests.answers import END, HIGHLIGHT, QUOTE, START, make_answer, make_document, make_hit

CITATION = {
    "id": "c1",
    "number": 1,
    "type": "char_location",
    "file_id": "doc_1",
    "filename": "hr/trade.md",
    "document_title": "Trade",
    "heading": "Trade › Growth",
    "cited_text": QUOTE,
    "start_char_index": START,
    "end_char_index": END,
    "start_line": 3,
    "end_line": 3,
    "start_page_number": None,
    "end_page_number": None,
    "highlights": [{"start_char_index": HIGHLIGHT[0], "end_char_index": HIGHLIGHT[1]}],
    "answer_spans": [{"start_index": 0, "end_index": len(QUOTE)}],
    "content_sha256": "ab" * 32,
    "verification": "exact",
    "stale": False,
    "score": 0.83,
    "place": None,
    "url": f"/documents/doc_1?start={START}&end={END}",
}


def test_a_citation_has_the_promised_fields_in_their_order() -> None:
    (citation,) = answer_json(make_answer(), Settings()).model_dump(mode="json")["citations"]
    assert citation == CITATION
    assert list(citation) == list(CITATION)


def test_an_answer_has_the_promised_fields_in_their_order() -> None:
    answer = answer_json(make_answer(), Settings()).model_dump(mode="json")
    promised = (
        "id question history_terms conversation_id answer short_answer status method confidence "
        "sentences citations hits usage timings_ms model cost notice"
    )
    assert list(answer) == promised.split()


def test_a_sentence_says_what_it_stands_on() -> None:
    (sentence,) = answer_json(make_answer(), Settings()).model_dump(mode="json")["sentences"]
    assert sentence == {
        "start_index": 0,
        "end_index": len(QUOTE),
        "support": "supported",
        "citations": [1],
    }


def test_a_hit_has_the_promised_fields_in_their_order() -> None:
    hit = hit_json(make_hit(make_document())).model_dump(mode="json")
    promised = (
        "chunk_id file_id filename document_title heading text start_char_index end_char_index "
        "start_line end_line start_page_number end_page_number score scores"
    )
    assert list(hit) == promised.split()
    assert hit["scores"] == {"dense": 0.7, "lexical": 0.9}


@pytest.mark.parametrize("public_url", ["https://quoth.example", "https://quoth.example/"])
def test_links_are_absolute_where_a_public_address_is_set(public_url: str) -> None:
    (citation,) = answer_json(make_answer(), Settings(public_url=public_url)).citations
    assert citation.url == f"https://quoth.example/documents/doc_1?start={START}&end={END}"
