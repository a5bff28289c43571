import pytest
from lxml import html

from rag.ingest.building import TextBuilder
from rag.ingest.markup import MarkupWriter


def text_of(markup: str) -> str:
    builder = TextBuilder()
    MarkupWriter(builder).write(html.document_fromstring(f"<body>{markup}</body>"))
    return builder.build("x").text


def test_blocks_are_paragraphs_and_inline_elements_are_not() -> None:
    assert text_of("One <b>bold</b>\n word.<div>Two.</div>Three.") == (
        "One bold word.\n\nTwo.\n\nThree."
    )


def test_lists_keep_their_numbers_also_inside_each_other() -> None:
    markup = "<ol start=3><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ol>"
    assert text_of(markup) == "3. a\n- b\n4. c\n\nd"


def test_tables_are_rows_with_the_names_of_their_columns() -> None:
    markup = (
        "<table><tr><th>Name<th>Age</tr><tr><td rowspan=2>Anna<td>30</tr><tr><td>31</tr></table>"
    )
    assert text_of(markup) == "Name | Age\nName: Anna; Age: 30.\nName: Anna; Age: 31."


def test_what_is_not_shown_is_left_out() -> None:
    markup = "<p>a<script>x</script><span style='display: none'>y</span></p><nav>menu</nav>"
    assert text_of(markup) == "a"


@pytest.mark.parametrize(
    "style",
    [
        "display: none",
        "color: red; VISIBILITY: hidden !important",
        "opacity:0",
        "font-size: 0px",
        "color: #fff",
        "color:rgb(255, 255, 255)",
        "color: transparent",
        "position:absolute; left: -9999px",
        "text-indent:-100em",
        "clip: rect(0 0 0 0)",
    ],
)
def test_what_a_style_keeps_from_readers_is_left_out(style: str) -> None:
    assert text_of(f"<p>Seen.<span style='{style}'>Planted.</span></p>") == "Seen."


@pytest.mark.parametrize(
    "style",
    [
        "background-color:#fff",
        "color:#fff; background:#036",
        "background:#036; color:#fff",
        "opacity:0.5",
        "font-size:0.9em",
        "left:-9px",
        "color:#ffffe0",
    ],
)
def test_what_a_style_shows_stays(style: str) -> None:
    assert text_of(f"<p>Seen. <span style='{style}'>Shown.</span></p>") == "Seen. Shown."


def test_white_words_on_another_ground_stay() -> None:
    cell = "<p><span style='color:white'>Closed on Monday.</span></p>"
    assert text_of(cell) == ""
    for around in ("style='background:#036'", "bgcolor='#003366'", "class='banner'"):
        assert text_of(f"<div {around}>{cell}</div>") == "Closed on Monday."


def test_preformatted_lines_stay_lines() -> None:
    assert text_of("<pre>a\n  b\n</pre>").split() == ["a", "b"]
    assert "\n" in text_of("<pre>a\n  b\n</pre>")


def test_elements_nested_without_end_are_cut_off() -> None:
    text_of("<div>" * 5_000 + "deep")
