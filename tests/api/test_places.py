"""Every list of sources says the page and the place of a quote, or else the line."""

from typing import Any

import pytest

from api.mcp_text import answer_text
from api.openai.visible import visible
from api.schemas import answer_json
from rag.settings import Settings
from tests.answers import make_answer, make_citation, make_document

PLACES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "hr/trade.md:3", "hr/trade.md, line 3"),
    ({"first_page": 4, "last_page": 4}, "hr/trade.md, page 4", "hr/trade.md, page 4"),
    ({"place": "slide 4"}, "hr/trade.md, slide 4", "hr/trade.md, slide 4"),
    (
        {"first_page": 4, "last_page": 5, "place": "Budget, row 12"},
        "hr/trade.md, page 4, Budget, row 12",
        "hr/trade.md, pages 4–5, Budget, row 12",
    ),
]


@pytest.mark.parametrize(("where", "mcp", "openai"), PLACES)
def test_a_source_says_where_it_stands(where: dict[str, Any], mcp: str, openai: str) -> None:
    document = make_document()
    answer = make_answer(document, citations=(make_citation(document, **where),))
    assert f"[1] {mcp} (" in answer_text(answer_json(answer, Settings()))
    assert f"— {openai}\n" in f"{visible(answer, Settings(), 'http://127.0.0.1').text}\n"
