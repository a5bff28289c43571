"""What a question asks for: a person, a time, a number, a place, or something else; which years it
names; and which questions it consists of.

A small help, worth about .01 of right first sentences: numbers gain most, places least.
"""

import re
from typing import Literal

from rag.errors import QuestionInvalid

LONGEST_QUESTION = 8_000  # characters

QuestionKind = Literal["person", "time", "number", "place", "other"]

_KINDS: tuple[tuple[QuestionKind, re.Pattern[str]], ...] = (
    ("person", re.compile(r"\b(?:who|whom|whose|which (?:person|man|woman|leader|president))\b")),
    (
        "time",
        re.compile(
            r"\b(?:when|(?:what|which) (?:year|date|day|month|century|decade|time|season)s?"
            r"|how (?:recently|soon))\b"
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|large|big|far|high|tall|deep|old|often|fast|wide|heavy)\b"
            r"|\b(?:what|which)(?: \w+){0,4} (?:number|percentage|percent|share|amount|value"
            r"|price|cost|rate|population|size|length|distance|total|proportion|fraction|temperature)\b"
        ),
    ),
    (
        "place",
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:country|countries|city|cities|place|region|state"
            r"|province|town|location|continent|river|district|area)\b"
        ),
    ),
)

_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    "|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|half|third|quarter|dozen"
    "|once|twice|several"
)
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_PRESENT: dict[QuestionKind, re.Pattern[str]] = {
    "person": re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][\w’'-]+"),
    "time": re.compile(
        rf"\b(?:1[0-9]|20)\d\d\b|\b(?:{_MONTHS})\b|\b\d{{1,2}}:\d\d\b|\b\d{{1,2}}(?:st|nd|rd|th)\b"
        r"|\b(?:century|centuries|decade|years?|today|yesterday|tomorrow|ago)\b",
        re.IGNORECASE,
    ),
    "number": re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE),
    "place": re.compile(r"\b(?:in|at|from|to|near|of|through|between|on) (?:the )?[A-Z]\w+"),
}


_WORD = re.compile(r"\w")
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_MOST_PARTS = 3
_NEXT_QUESTION = re.compile(
    r"(?<=\?)\s+(?=\w)|[,;]?\s+and\s+(?=(?:who|whom|whose|what|when|where|why|which|how)\b)",
    re.IGNORECASE,
)


def question_kind(question: str) -> QuestionKind:
    """The kind asked for; the first that fits, in the order person, time, number, place."""
    lowered = question.lower()
    return next((kind for kind, pattern in _KINDS if pattern.search(lowered)), "other")


def holds_kind(kind: QuestionKind, sentence: str) -> bool:
    """Whether a sentence holds something of the kind; never for "other"."""
    pattern = _PRESENT.get(kind)
    return pattern is not None and pattern.search(sentence) is not None


def years(text: str) -> frozenset[str]:
    """The years that a text names in four digits, 1000 to 2099."""
    return frozenset(_YEAR.findall(text))


def question_parts(question: str) -> tuple[str, ...]:
    """The questions that a question consists of, in order, at most three; most are one.

    "When was it founded, and who leads it?" are two: one may be answered and the other not.
    """
    parts = [part.strip(" ,;") for part in _NEXT_QUESTION.split(question)]
    parts = [part for part in parts if len(part.split()) > 1]
    return tuple(parts[:_MOST_PARTS]) if len(parts) > 1 else (question,)


def checked(question: str) -> str:
    """The question without white space around it.

    Raises:
        QuestionInvalid: It is empty, too long, or holds no word.
    """
    question = question.strip()
    if not question:
        raise QuestionInvalid("The question is empty.", hint="Ask something in words.")
    if len(question) > LONGEST_QUESTION:
        raise QuestionInvalid(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} fit.",
            hint="Ask in fewer words; a text to search in belongs into a folder.",
        )
    if not _WORD.search(question):
        raise QuestionInvalid(
            f"The question {question[:40]!r} holds no letter and no digit.",
            hint="Ask in words.",
        )
    return question
