"""What is done to a text before a tokenizer sees it; offsets move by the prompt's length alone."""

import re
from collections.abc import Sequence

from embeddings.base import CharSpan

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    """The text with characters that UTF-8 cannot hold replaced one for one, as tokenizers need."""
    return text if text.isascii() else _LONE_SURROGATE.sub("�", text)


def shifted(spans: Sequence[CharSpan], by: int) -> list[CharSpan]:
    """Spans into a text as spans into the same text with that many characters put before it."""
    return [(start + by, end + by) for start, end in spans]
