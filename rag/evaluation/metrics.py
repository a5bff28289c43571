"""The measures of an answer against a question: pure functions over plain values.

An answer is compared by its quotes, never by its own words: what counts is whether an accepted
answer stands in a text that was quoted, and whether that text is from an accepted file.
"""

import re
import statistics
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Typographic quotes and dashes stand for the ASCII ones in scraped text.
PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}‘’“”«»–—…]")
ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Quote:
    """What one citation quotes, the files it is from (paths below their roots), and whether the
    document's text at its offsets is the quoted text.
    """

    text: str
    files: tuple[str, ...]
    exact: bool
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """One answer, judged.

    Attributes:
        right_at_1: An accepted answer is in the first quote.
        right_at_all: An accepted answer is in any quote.
        file_at_1: The first quote is from an accepted file.
        grounded: An accepted answer is in a quote that is from an accepted file.
        wrongly_answered: Answered although the documents hold no answer.
        wrongly_refused: Refused although the documents hold an answer.
    """

    right_at_1: bool
    right_at_all: bool
    file_at_1: bool
    grounded: bool
    wrongly_answered: bool
    wrongly_refused: bool


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds; zero where nothing was measured."""

    p50_ms: float
    p95_ms: float


def normalise(text: str) -> str:
    """Lower-cased, punctuation and articles stripped, white space squeezed."""
    bare = PUNCTUATION.sub("", text.lower())
    return " ".join(ARTICLES.sub(" ", bare).split())


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether any of the answers occurs in the text, both normalised."""
    haystack = normalise(text)
    needles = (normalise(answer) for answer in answers)
    return any(needle in haystack for needle in needles if needle)


def accepted_file(files: Iterable[str], sources: Sequence[str]) -> str | None:
    """The first of the sources that is one of the files, by its path below the root or by its name
    alone; None where none is.
    """
    known = {name for file in files for name in (file, file.rpartition("/")[2])}
    return next((source for source in sources if source in known), None)


def is_accepted_file(files: Iterable[str], sources: Sequence[str]) -> bool:
    """Whether one of the files is accepted; no sources accept every file."""
    return not sources or accepted_file(files, sources) is not None


def judge(
    quotes: Sequence[Quote],
    *,
    answered: bool,
    answerable: bool,
    answers: Sequence[str],
    sources: Sequence[str],
) -> Judgement:
    """Judges the quotes of an answer, in order of their numbers; a refusal has none."""
    if not answerable or not answered:
        return Judgement(
            right_at_1=False,
            right_at_all=False,
            file_at_1=False,
            grounded=False,
            wrongly_answered=answered and not answerable,
            wrongly_refused=answerable and not answered,
        )
    right = [holds_answer(quote.text, answers) for quote in quotes]
    in_file = [is_accepted_file(quote.files, sources) for quote in quotes]
    return Judgement(
        right_at_1=right[:1] == [True],
        right_at_all=any(right),
        file_at_1=in_file[:1] == [True],
        grounded=any(r and f for r, f in zip(right, in_file, strict=True)),
        wrongly_answered=False,
        wrongly_refused=False,
    )


def latency(samples_ms: Sequence[float]) -> Latency:
    """Median and 95th percentile (the nearest sample at or above it)."""
    if not samples_ms:
        return Latency(0.0, 0.0)
    ordered = sorted(samples_ms)
    rank = -(-95 * len(ordered) // 100)
    return Latency(statistics.median(ordered), ordered[rank - 1])


def share(flags: Iterable[bool], *, of_none: float = 0.0) -> float:
    """The share of true ones; `of_none` where there is nothing to count."""
    values = list(flags)
    return sum(values) / len(values) if values else of_none
