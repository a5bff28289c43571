import pytest

from rag.errors import FileUnreadable
from rag.ingest.parsers.notebook import NotebookParser
from tests.rag.ingest.parsers.fixtures import parsed, place_of


def test_cells_are_places_and_markdown_gives_headings() -> None:
    rain = parsed("analysis.ipynb")
    assert rain.title == "Rainfall"
    assert [heading.text for heading in rain.headings] == ["Rainfall"]
    assert place_of(rain, "It fell on 231 days.") == "cell 1"
    assert place_of(rain, "total_mm = 2250") == place_of(rain, "total 2250") == "cell 2"


def test_code_stands_for_itself_and_prose_does_not() -> None:
    rain = parsed("analysis.ipynb")
    ((start, end),) = rain.verbatim
    assert rain.text[start:end] == "total_mm = 2250\nprint('total', total_mm)\ntotal 2250"


def test_notebooks_of_the_third_format_are_read() -> None:
    old = b'{"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}]}'
    assert NotebookParser().parse(old).text == "a = 1"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"a": 1}', b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        NotebookParser().parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"cells": [1, null, {"cell_type": 3, "source": 4, "outputs": [5, {"data": []}]}]}',
        b'{"cells": {}, "metadata": []}',
    ],
)
def test_cells_of_odd_shapes_are_passed_over(data: bytes) -> None:
    assert NotebookParser().parse(data).text == ""
