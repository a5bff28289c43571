from hypothesis import given
from hypothesis import strategies as st

from api.slack.rendering.markdown import markdown_parts
from api.slack.rendering.rich_text import Part, Run, section


def test_styles_nest() -> None:
    assert markdown_parts("**bold _both_** ~~gone~~ `*x*`") == (
        section(
            Run("bold ", bold=True),
            Run("both", bold=True, italic=True),
            Run(" "),
            Run("gone", strike=True),
            Run(" "),
            Run("*x*", code=True),
        ),
    )


def test_headings_are_bold_lines() -> None:
    assert markdown_parts("# Leave") == (section(Run("Leave", bold=True)),)


def test_lists_keep_their_depth_and_numbers() -> None:
    parts = markdown_parts("3. three\n4. four\n   - below\n")
    assert [(p.kind, p.indent, p.number, p.runs[0].text) for p in parts] == [
        ("item", 0, 3, "three"),
        ("item", 0, 4, "four"),
        ("item", 1, None, "below"),
    ]


def test_code_and_quotes_are_parts_of_their_own() -> None:
    assert markdown_parts("```py\nx = '<!here>'\n```\n> said") == (
        Part("preformatted", (Run("x = '<!here>'"),)),
        Part("quote", (Run("said"),)),
    )


def test_the_address_of_a_link_or_picture_is_text() -> None:
    (part,) = markdown_parts("[bank](https://example.org/a_(b)) ![p](https://example.org/p.png)")
    assert "".join(run.text for run in part.runs) == (
        "bank (https://example.org/a_(b)) p (https://example.org/p.png)"
    )
    assert all(run.url is None for run in part.runs)


def test_html_is_text() -> None:
    (part,) = markdown_parts("<b>x</b> <!here> <!-- y -->")
    assert "".join(run.text for run in part.runs) == "<b>x</b> <!here> <!-- y -->"


def test_a_narrow_table_keeps_its_columns() -> None:
    (part,) = markdown_parts("| Region | Q1 |\n|---|---|\n| North | 120 |\n")
    assert part == Part("preformatted", (Run("Region | Q1\nNorth  | 120"),))


def test_each_row_of_a_wide_table_names_its_columns() -> None:
    head, cells = "a" * 100, "b" * 100
    (part,) = markdown_parts(f"| {head} | Q1 |\n|---|---|\n| {cells} | 120 |\n")
    assert part == Part("item", (Run(f"{head}: {cells}; Q1: 120"),))


@given(st.text(st.sampled_from("ab*_~`[]()<>!|-#>1. \n&\\:\t"), max_size=80))
def test_any_text_is_markdown_without_links(text: str) -> None:
    for part in markdown_parts(text):
        assert all(run.url is None and run.user is None for run in part.runs)
