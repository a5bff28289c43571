import pytest

from rag.ingest.headings import plain_headings
from rag.ingest.lines import split_lines

BODY = "Employees have twenty-five days of leave a year, which they agree with their manager."


def headings(text: str) -> list[tuple[int, str]]:
    found = plain_headings(split_lines(text), ())
    assert all(heading.text in " ".join(text.split()) for heading in found)
    return [(heading.level, heading.text) for heading in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Annual leave\n\n{BODY}", [(1, "Annual leave")]),
        (f"Trip Charts New Chapter\n{BODY}", [(1, "Trip Charts New Chapter")]),
        (f"Annual leave\n============\n{BODY}", [(1, "Annual leave")]),
        (f"Annual leave\n------------\n{BODY}", [(2, "Annual leave")]),
        (f"## Annual leave ##\n{BODY}", [(2, "Annual leave")]),
        (f"{BODY}\n\nCONFIDENTIALITY\n\nKeep it.", [(1, "CONFIDENTIALITY")]),
        (f"1. Leave\n\n1.1 Annual leave\n{BODY}", [(1, "1. Leave"), (2, "1.1 Annual leave")]),
        (f"Chapter 3: Leave\n\n{BODY}", [(2, "Chapter 3: Leave")]),
        (f"第一章 总则\n{BODY}", [(2, "第一章 总则")]),
        (f"What is leave?\n\n{BODY}", [(1, "What is leave?")]),
        (f"The Title\n\nFirst part\n\n{BODY}", [(1, "The Title"), (2, "First part")]),
    ],
)
def test_headings_are_found_by_their_shape(text: str, expected: list[tuple[int, str]]) -> None:
    assert headings(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        BODY,
        f"{BODY}\n\n{BODY}",
        f"- Annual leave\n\n{BODY}",
        f"1. The tenant pays.\n2. The landlord repairs.\n\n{BODY}",
        f"Contact: Mary\n\n{BODY}",
        f"Alice: hello\nBob: {BODY}",
        f"Required documents\n- Passport\n- {BODY}",
        "Two roads diverged in a yellow wood,\nAnd sorry I could not travel both\nAnd be one",
        "And then silence\n\nThe wind went by\nand took the leaves",
        f"Dear John,\n\n{BODY}\n\nBest regards\nMary",
        f"| a | b |\n\n{BODY}",
        f"x = f(1)\n\n{BODY}",
        f"```\n# no heading\n```\n{BODY}",
        "It was a long line of prose that was wrapped by hand at about\n"
        "seventy columns, as people do in plain text files, and which goes on\nshortly",
        f"12345\n\n{BODY}",
        f"lower case\n\n{BODY}",
        f"It was free. And so it was\n\n{BODY}",
        f"Concentrated O\n2 burns well, so {BODY}",
    ],
)
def test_other_lines_are_no_headings(text: str) -> None:
    assert headings(text) == []


def test_lines_of_furniture_are_passed_over() -> None:
    text = f"Title of it all\nmenu\n{BODY}"
    found = plain_headings(split_lines(text), ((16, 20),))
    assert [heading.text for heading in found] == ["Title of it all"]
