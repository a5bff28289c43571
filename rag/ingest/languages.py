"""Tells whether an encoder knows the language of a text, by how its tokenizer takes it apart.

A tokenizer has whole words and syllables for the languages it was trained on, and single letters
for the others: all-MiniLM-L6-v2 needs .25 tokens a letter for English, .41 for German, .46 for
Finnish, .99 for Russian and 1.1 for Chinese. Vectors of single letters mean next to nothing.
"""

import re
from collections.abc import Callable, Sequence

SAMPLE_CHARS = 2_000
FEWEST_LETTERS = 40
TOKENS_A_LETTER = 0.8

_WORD = re.compile(r"[^\W\d_]+")


def is_foreign(text: str, count_tokens: Callable[[str], int]) -> bool:
    """Whether most of the beginning of a text falls apart into letters.

    Args:
        text: Any text; one with fewer than 40 letters is taken to be known.
        count_tokens: The encoder's.
    """
    words = _WORD.findall(text[:SAMPLE_CHARS])
    letters = sum(map(len, words))
    # Languages in Latin letters are never near the line, and counting takes a while.
    if letters < FEWEST_LETTERS or sum(map(str.isascii, words)) > len(words) / 2:
        return False
    return count_tokens(" ".join(words)) >= TOKENS_A_LETTER * letters


def foreign_warning(paths: Sequence[str]) -> tuple[str, ...]:
    """One sentence about all documents in languages that the encoder does not know."""
    if not paths:
        return ()
    others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return (
        f"{paths[0]}{others}: the model does not know the language; found by words, not by "
        "meaning. QUOTH_MODEL can name a multilingual model.",
    )
