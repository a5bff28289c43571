"""Tells which sentences may be quoted: what says something, not what only frames it."""

import re

from rag.ingest.structure import FENCE, LIST_MARKER, TABLE_ROW

_WORD = re.compile(r"[^\W\d_]+")
_CJK_WORDS = re.compile("[\u2e80-\u9fff\u3040-\u30ff\uac00-\ud7af\u0e00-\u0eff]{4,}")
_DATELINE = re.compile(r".{0,80}(?:/[A-Z][A-Za-z ]{2,30}/|\([A-Z][A-Za-z]+\))\s?(?:--|—|–|-)$")
_DATE = re.compile(
    r"(?:\w{2,10}:?\s*)?\d{4}[-/.]?\d\d[-/.]?\d\d(?:[T_ ]+\d\d:\d\d(?::\d\d)?)?$"
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}$|\d{1,2} [A-Za-z]{3,9}\.? \d{4}$"
)


def is_quotable(sentence: str) -> bool:
    """False for lone words, numbers, dates and datelines, rules, fences and the like.

    Items of lists and rows of tables may be a single word.
    """
    if FENCE.match(sentence) or _DATELINE.match(sentence) or _DATE.match(sentence):
        return False
    words = _WORD.findall(sentence)
    if len(words) >= 2:
        return True
    if not words:
        return False
    marker = LIST_MARKER.match(sentence)
    if marker or TABLE_ROW.match(sentence):
        return len(words[0]) >= 2
    return _CJK_WORDS.search(sentence) is not None
