import time

from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.parsers.markdown import MarkdownParser

PAGE = b"""---
title: "Leave policy"
date: 2025-01-02
Author: Mary
tags:
  - hr
---
# Leave *policy*

Some words.

```python
# no heading
```

Sick
leave
-----

## Closed [here](x.md) ##

> # quoted
"""


def test_front_matter_gives_title_date_and_metadata_and_is_furniture() -> None:
    parsed = MarkdownParser().parse(PAGE)
    assert (parsed.title, parsed.date) == ("Leave policy", "2025-01-02")
    assert parsed.metadata["author"] == "Mary"
    (start, end) = parsed.furniture[0]
    assert parsed.text[start:end].endswith("- hr\n---")


def test_headings_are_those_of_commonmark() -> None:
    parsed = MarkdownParser().parse(PAGE)
    assert [(heading.level, heading.text) for heading in parsed.headings] == [
        (1, "Leave policy"),
        (2, "Sick leave"),
        (2, "Closed here"),
    ]


def test_a_heading_s_span_holds_its_words_without_marks() -> None:
    parsed = MarkdownParser().parse(PAGE)
    spans = [parsed.text[heading.start : heading.end] for heading in parsed.headings]
    assert spans == ["Leave *policy*", "Sick\nleave", "Closed [here](x.md)"]


def test_without_front_matter_the_first_heading_is_the_title() -> None:
    parsed = MarkdownParser().parse(b"Intro.\r\n\r\n## First\r\n\r\n# Second\r\n")
    assert parsed.title == "First"
    assert parsed.furniture == ()


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    parsed = MarkdownParser().parse(b"---\nJust some words.\n---\n")
    assert parsed.furniture == ()


def test_a_line_of_a_million_characters_takes_no_time() -> None:
    started = time.perf_counter()
    MarkdownParser().parse(b"*[a](b)_ `" * 100_000)
    assert time.perf_counter() - started < 5


@given(st.text(alphabet="#-=`> \n\r\tab*_[]:\f\v\x85\u2028", max_size=200))
def test_heading_spans_lie_in_the_text_in_order(text: str) -> None:
    parsed = MarkdownParser().parse(text.encode())
    position = 0
    for heading in parsed.headings:
        assert position <= heading.start < heading.end <= len(parsed.text)
        position = heading.end
