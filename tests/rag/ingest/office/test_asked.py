"""The whole way: office files are ingested, and a question is answered with a row or a slide."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.assistant import Assistant
from rag.index.local import LocalIndex
from rag.ingest.parsers.registry import parser_for
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import Citation
from rag.wiring import ingestor_over
from tests.rag.ingest.office.fixtures import FORMATS

FILES = (
    *("budget_libreoffice.xlsx", "review_pptx.pptx", "contract.docx", "policy_pandoc.epub"),
    *("prices.csv", "budget.xls"),
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("office")
    docs = folder / "docs"
    docs.mkdir()
    for name in FILES:
        (docs / name).write_bytes((FORMATS / name).read_bytes())
    settings = Settings(data_dir=folder / "data")
    encoder = HashingEncoder()
    with SqliteStore.open(settings.data_dir / DATABASE_NAME, create=True) as store:
        report = ingestor_over(store, settings, parser_for, encoder=encoder).sync([docs])
        assert (report.added, [failed.path.rpartition("/")[2] for failed in report.failed]) == (
            len(FILES) - 1,
            ["budget.xls"],
        )
        yield Assistant(store, LocalIndex(folder / "index", store), encoder)


def first_citation(assistant: Assistant, question: str) -> Citation:
    answer = assistant.ask(question)
    assert answer.status == "answered", answer
    return answer.citations[0]


@pytest.mark.parametrize(
    ("question", "place", "quote"),
    [
        (
            "What is the cost of the region North, due on 5 Mar 2024?",
            "Budget, row 3",
            "Region: North; Share: 25.6%; Cost: 1,234,567.50 €; Due: 5 Mar 2024.",
        ),
        ("What is the phone and the city of Anna?", "Budget, row 9", None),
        ("Did sales rise by 12 percent?", "slide 2", "- Sales rose by 12 percent."),
        ("Which new warehouse in Kiel to mention?", "slide 2, notes", None),
        ("What is the fee for support in the running phase?", "table 1, row 3", None),
        (
            "What are the Preis and Hinweis of the Artikel Brezel?",
            "row 4",
            "Artikel: Brezel; Preis: 0,80; Hinweis: mit Salz.",
        ),
    ],
)
def test_an_answer_names_the_place_in_the_file(
    assistant: Assistant, question: str, place: str, quote: str | None
) -> None:
    citation = first_citation(assistant, question)
    assert citation.place == place
    if quote:
        assert citation.cited_text == quote


def test_a_row_of_a_csv_file_is_cited_with_the_file_s_own_line(assistant: Assistant) -> None:
    citation = first_citation(assistant, "What are the Preis and Hinweis of the Artikel Brezel?")
    lines = Path(FORMATS / "prices.csv").read_text(encoding="utf-8-sig").split("\n")
    assert lines[citation.first_line - 1].startswith("Brezel;0,80")
