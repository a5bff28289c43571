import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from rag.ingest.chunker import Chunker
from rag.ingest.parsers.registry import parser_for
from rag.ingest.parsers.source_code import SOURCE_CODE, SourceCodeParser
from tests.rag.ingest.parsers.fixtures import parsed, place_of


def test_the_text_is_the_file_and_definitions_are_places() -> None:
    code = parsed("store.py")
    assert code.text.startswith('"""Keeps readings')
    assert place_of(code, "LIMIT_CM") is None
    assert place_of(code, "class Store") == "class Store"
    assert place_of(code, "reading_cm < 0") == "function Store.add"
    assert place_of(code, "@property") == "function Store.highest"
    assert place_of(code, "await gauge.read()") == "function fetch"


def test_code_is_quoted_by_the_line_and_documentation_by_the_sentence() -> None:
    code = parsed("store.py")
    chunks = Chunker(HashingEncoder(), 200).split(code)
    sentences = [code.text[a:b] for chunk in chunks for a, b in chunk.sentences]
    assert "raise ValueError(reading_cm)" in sentences
    assert "def add(self, reading_cm):" in sentences
    assert "A reading above the limit raises an alarm." in sentences
    assert "It is never deleted." in sentences
    assert {chunk.heading for chunk in chunks} >= {"class Store › function add", "function fetch"}


def test_a_receiver_is_not_the_name_of_a_function() -> None:
    code = parsed("server.go")
    assert place_of(code, "// Open answers") == "function Open"
    assert place_of(code, "type Server") == "type Server"


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        ("a.js", "class Pump {\n  start(speed) {\n    return 1;\n  }\n}\n", "function Pump.start"),
        ("a.ts", "export interface Pump {\n  speed: number;\n}\n", "interface Pump"),
        ("a.rs", "impl Pump {\n    pub fn start(&self) {}\n}\n", "function start"),
        ("a.java", "class Pump {\n  void start() {}\n}\n", "function Pump.start"),
        ("a.cs", "class Pump {\n  public void Start(int a) {\n  }\n}\n", "function Pump.Start"),
        ("a.sql", "CREATE TABLE pumps (id INTEGER);\n", "TABLE pumps"),
        ("a.toml", "[tool.pump]\nspeed = 1\n", "section tool.pump"),
        ("a.sh", "start() {\n  echo on\n}\n", "function start"),
    ],
)
def test_definitions_are_found_in_many_languages(name: str, text: str, label: str) -> None:
    parser = parser_for(name)
    assert parser is not None
    assert parser.parse(text.encode()).places[-1].label == label


@pytest.mark.parametrize("parser", SOURCE_CODE, ids=lambda parser: parser.lexer)
def test_every_language_is_known_and_reads_what_is_none_of_it(parser: SourceCodeParser) -> None:
    document = parser.parse("Grüße, 世界\r\n\r\n}{)( ' \" /* \\".encode())
    assert document.text.startswith("Grüße")


@given(st.text(alphabet='defclass_():\n\r\t "#@x', max_size=200))
def test_places_and_lines_are_in_order_whatever_the_code(text: str) -> None:
    code = SOURCE_CODE[0].parse(text.encode())
    edges = [edge for place in code.places for edge in (place.start, place.end)]
    assert edges == sorted(edges)
    assert all(place.start < place.end <= len(text) for place in code.places)
    spans = [edge for span in code.verbatim for edge in span]
    assert spans == sorted(spans)
    Chunker(HashingEncoder(), 50).split(code)
