import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.furniture import furniture_spans

PLAYER = (
    "Video Player is loading. Play Video Play Unmute Current Time 0:00 / Duration -:- This is a"
    " modal window. Beginning of dialog window. Text Color White Text Edge Style None Raised Done"
    " Close Modal Dialog End of dialog window. Advertisement Next Stay Close ✕"
)
LINKS = "Services\nEconomy\n" + "\n".join(
    ["- BRICS Welcomes Its Second Decade", "- Makers Ride the Fourth Wave", "- Talks With an Envoy"]
)


def furniture(text: str) -> list[str]:
    return [text[start:end] for start, end in furniture_spans(text)]


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("It blooms ever more brightly. ", PLAYER, " Distinguished friends, it is rooted."),
        ("", "IOL News\n2 days ago\n- Business\n- IOL News", "\nFull text of the speech"),
        ("It was long.\nalice\n", "2 days ago", "\nI think that it was short."),
        ("A shared future. ", "View original content: SOURCE China Daily Sign in to access your"
         " portfolio", "\n\nNext article"),
        ("The end.\n\n ", "View original content: <https://example.org/a.html>\n\nSOURCE Global"
         " Times\n\ntext", "\n"),
        ("The end. ", "Error while retrieving data Error while retrieving data", ""),
        ("The trip opens up broad prospects.\n", LINKS, ""),
        ("The end.\n\n", "Related articles\n- A Long Way Home\n- The City at Night\n- Rain in"
         " May", "\n"),
        ("\n", "# NETFLIX\n\n## Q4\n\n**Equity  \nCommonwealth**\n\nNEWS RELEASE", "\n\n# Title"),
        (" ", "date 2025-06-18", " China Media Group hosted an event."),
    ],
)  # fmt: skip
def test_what_a_page_wraps_around_its_text_is_found(before: str, piece: str, after: str) -> None:
    assert furniture(before + piece + after) == [piece]


@pytest.mark.parametrize(
    "text",
    [
        "Required documents\n- Passport copy\n- Signed form\n- Proof of address",
        "Services\n- Window cleaning on request\n- Laundry\n- Breakfast in bed",
        "1. The tenant shall pay.\n2. The landlord shall repair.\n3. Notice is one month.",
        "Contact: hr@example.com\nPhone: 555-1234\nSource: internal",
        "Alice: see you 2 days ago\nBob: what?\nAlice: next stay, close the window",
        "| Text | Color |\n|---|---|\n| Play | Red |\n| Pause | Black |",
        "Two roads diverged in a yellow wood,\nAnd sorry I could not travel both",
        "# ACME\n\n## EMPLOYEE HANDBOOK\n\n## VERSION 3\n\nWelcome to the company.",
        "Press Play, then Close. This is a modal window. It blocks the page until it is closed.",
        "You can view original content: the archive keeps everything that was ever printed here.",
        "SOURCE code is kept in git.\n\nSOURCE Global",
        "The date 2025-06-18 was chosen.",
        "Chapter one\n\nThe end of the dialog window came as a surprise.\n- Yes\n- No\n- Perhaps",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert furniture(text) == []


@given(
    st.lists(
        st.sampled_from(
            ["2 days ago", "- X", "X", PLAYER, "View original content:", "SOURCE X", "NEWS RELEASE",
             "\n", "\r\n", " ", "a word", "Services", "text", "- A Title Of Words"]
        )
    )
)  # fmt: skip
def test_spans_are_in_order_apart_and_trimmed(parts: list[str]) -> None:
    text = "".join(parts)
    position = 0
    for start, end in furniture_spans(text):
        assert position <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        position = end
