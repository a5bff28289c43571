import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import FileUnreadable
from rag.ingest.parsers.json_values import JsonLinesParser, JsonParser
from rag.ingest.parsers.xml_values import XmlParser
from rag.ingest.parsers.yaml_values import YamlParser
from tests.rag.ingest.parsers.fixtures import FORMATS, parsed, place_of


def test_a_record_is_a_line_with_its_keys() -> None:
    catalogue = parsed("catalogue.json")
    assert (catalogue.title, catalogue.date) == ("Catalogue of pumps", "2024-03-01")
    line = (
        "pumps: name: Aster; flow_l_per_min: 120; certified: yes; maker name: Halden; "
        "maker city: Oslo."
    )
    assert line in catalogue.text.splitlines()
    assert place_of(catalogue, line) == "$.pumps[0]"


def test_a_long_text_is_prose_under_its_key() -> None:
    catalogue = parsed("catalogue.json")
    at = catalogue.text.index("The Birch was built")
    assert not any(start <= at < end for start, end in catalogue.verbatim)
    assert place_of(catalogue, "The Birch was built") == "$.pumps[1].about"


def test_what_is_no_json_is_read_as_text_and_says_so() -> None:
    settings = JsonParser().parse(b'{\n  // the port\n  "port": 80,\n}')
    assert "// the port" in settings.text
    assert "no JSON" in settings.warnings[0]


def test_each_line_of_jsonl_stays_on_its_line() -> None:
    events = parsed("events.jsonl")
    assert events.text.splitlines()[3] == "time: 2024-03-01T08:09:00Z; event: alarm cleared."
    assert place_of(events, "alarm raised") == "record 2"
    assert "door name: north gate" in events.text


def test_jsonl_with_a_broken_line_is_read_with_a_warning_and_without_json_not_at_all() -> None:
    assert "line 2" in JsonLinesParser().parse(b'{"a": 1}\nno\n{"a": 2}').warnings[0]
    with pytest.raises(FileUnreadable, match="line 1"):
        JsonLinesParser().parse(b"no\nnothing\n")


def test_yaml_stays_as_it_is_and_names_its_values() -> None:
    text = (FORMATS / "deployment.yaml").read_text(encoding="utf-8")
    deployment = parsed("deployment.yaml")
    assert deployment.text == text
    assert place_of(deployment, "port: 8443") == "server.port"
    assert place_of(deployment, "days: 400") == "retention[0].days"
    at = text.index("It answers at night")
    assert not any(start <= at < end for start, end in deployment.verbatim)


def test_a_template_of_yaml_is_read_as_text() -> None:
    template = YamlParser().parse(b"port: {{ port }\nname: [")
    assert template.text.startswith("port:")
    assert "no YAML" in template.warnings[0]


def test_yaml_aliases_that_multiply_cost_nothing() -> None:
    bomb = ["a0: &a0 [x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert YamlParser().parse("\n".join(bomb).encode()).places


def test_xml_records_are_lines_and_paragraphs_are_prose() -> None:
    books = parsed("books.xml")
    assert books.title == "The harbour library"
    assert "book: id: b1; author: Ngozi Adeyemi; title: Tides of the delta; year: 1998." in (
        books.text.splitlines()
    )
    assert place_of(books, "Ngozi Adeyemi") == "library.book[0]"
    assert "The map on page 40 shows the road as it was in winter." in books.text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a>" * 50_000,
        b"<a>" * 1_000 + b"</a>" * 1_000,
        b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ],
)
def test_xml_that_is_broken_or_hostile_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        XmlParser().parse(data)


def test_values_nested_too_deeply_are_refused() -> None:
    with pytest.raises(FileUnreadable, match="levels"):
        JsonParser().parse(b'{"a":' * 400 + b"1" + b"}" * 400)
    with pytest.raises(FileUnreadable, match="deeply"):
        JsonParser().parse(b"[" * 200_000)


def test_a_key_with_a_line_end_in_it_stays_on_its_line() -> None:
    assert JsonLinesParser().parse(b'{"a\\nb": 1}\n{"c": 2}').text == "a b: 1.\nc: 2."


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_places_and_lines_are_in_order_whatever_the_value(value: object) -> None:
    document = JsonParser().parse(json.dumps(value).encode())
    edges = [edge for place in document.places for edge in (place.start, place.end)]
    assert edges == sorted(edges)
    spans = [edge for span in document.verbatim for edge in span]
    assert spans == sorted(spans)
    assert max([0, *edges, *spans]) <= len(document.text)


@given(st.lists(VALUES, max_size=6))
def test_jsonl_has_as_many_lines_as_the_file(values: list[object]) -> None:
    data = "\n".join(json.dumps(value) for value in values)
    document = JsonLinesParser().parse(data.encode())
    assert document.text.count("\n") == data.count("\n")
    for place in document.places:
        assert "\n" not in document.text[place.start : place.end]
