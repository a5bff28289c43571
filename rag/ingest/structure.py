"""Recognises lines that stand for themselves: list items, chat lines, table rows, headings, fences.

Sentences do not run into them, and none of them is a plain-text heading.
"""

import re

LIST_MARKER = re.compile(
    r"[ \t>]*(?:[-*+•‣◦▪●○·–—]|\(?\d{1,3}(?:\.\d{1,3}){0,4}[.)]|\d{1,3}(?:\.\d{1,3}){1,4}"
    r"|\(?[a-z][.)]|\(?[ivx]{1,5}[.)]|\[[ xX]\])[ \t]+(?=\S)"
)
TABLE_ROW = re.compile(r"[ \t]*\||[^\t|]*\t[^\t]*\t|[^|]{0,200} \| [^|]{0,200} \| ")
MARKED_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
FENCE = re.compile(r" {0,3}(?:```|~~~)")
# A name of up to three capitalised words, with a time before it or not; or a bare `key: value`.
KEYED_LINE = re.compile(
    r"[ \t]*(?:[\[(]?\d[\d:./\- ,apmAPM]{2,22}[\])]?[ \t]*(?:-[ \t]*)?)?"
    r"(?:\*\*)?(?:@|<)?[^\W\d_a-z][\w'’.\-]{0,24}(?:[ ][\w'’.\-()&/]{1,24}){0,3}>?(?:\*\*)?"
    r"[:：](?:\*\*)?(?:[ \t]+(?=\S)|[ \t]*$)"
)
TIMED_LINE = re.compile(r"[ \t]*[\[(]?(?:\d{4}-\d\d-\d\d[T_ ])?\d{1,2}:\d\d(?::\d\d)?\b")

STRUCTURAL_LINE = re.compile(
    "|".join(
        f"(?:{pattern.pattern})"
        for pattern in (
            LIST_MARKER,
            TABLE_ROW,
            MARKED_HEADING,
            FENCE,
            KEYED_LINE,
            TIMED_LINE,
            re.compile(r" {0,3}>"),
        )
    )
)
