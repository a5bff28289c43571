"""Text of documents made fit for a prompt: nothing in it passes for the prompt's own words.

Two independent measures besides the random mark around it. What a model is shown (`shown`) is
without what a reader of the document would not see (invisible characters, hidden HTML) and without
what models take for a change of speaker. And sentences that speak to a model (`speaks_to_models`)
are no evidence: whatever follows from them, none of it counts as supported.
"""

import re
import secrets
from collections.abc import Iterable

from embeddings.base import CharSpan
from rag.llm.addressing import addresses_model

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\uffff\U000e0000-\U0010ffff]"
)
_TAGGED = re.compile("[\U000e0020-\U000e007e]{4,}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_UNSEEN_ELEMENT = re.compile(
    r"<(script|style|template|noscript|head)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_HIDDEN_ELEMENT = re.compile(
    r"<(\w+)\b[^>]*?(?:\bhidden\b|aria-hidden\s*=\s*[\"']?true|display\s*:\s*none"
    r"|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])|font-size\s*:\s*[01](?:px|pt|em)?\b"
    r"|(?:color|colour)\s*:\s*(?:white|\#fff(?:fff)?|transparent))[^>]*>.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"<\|[^<>|\n]{0,40}\|?>|<{1,2}/?SYS>{1,2}|\[/?INST\]"
    r"|</?(?:s|bos|eos|start_of_turn|end_of_turn|im_start|im_end|system|user|assistant|human|tool"
    r"|instructions?|prompt|evidence|documents?|context|sources?|question|answer|function_calls?"
    r"|think|thinking)\b[^<>\n]{0,80}>",
    re.IGNORECASE,
)
_CHANGE_OF_SPEAKER = re.compile(
    r"<\|[^<>|\n]{0,40}\|?>|<{1,2}/?SYS>{1,2}|\[/?INST\]|</?(?:start_of_turn|end_of_turn|system"
    r"|assistant|evidence|documents|instructions?|prompt|function_calls?)>",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?<!\w)[\[【](\^?\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)[\]】]")


def new_boundary(texts: Iterable[str]) -> str:
    """A mark that nobody can have written into any of the texts."""
    held = "\n".join(texts)
    while True:
        boundary = f"~~{secrets.token_hex(4)}~~"
        if boundary not in held:
            return boundary


def shown(text: str) -> str:
    """A document's text as a model may see it.

    Numbers in square brackets become round ones, so that a document's own are none of the prompt's.
    """
    text = _HIDDEN_ELEMENT.sub(" ", _UNSEEN_ELEMENT.sub(" ", _COMMENT.sub(" ", text)))
    text = _SPEAKER.sub(" ", _INVISIBLE.sub("", text))
    return _MARKER.sub(r"(\1)", text)


def shown_on_one_line(text: str, max_chars: int = 200) -> str:
    """A file's name, a heading or the like as a model may see it."""
    line = " ".join(shown(text).split())
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"


def speaks_to_models(text: str, sentences: Iterable[CharSpan]) -> tuple[CharSpan, ...]:
    """Which of a text's sentences speak to a language model, with what follows each of them in its
    paragraph.

    Args:
        text: As the document has it.
        sentences: Spans into it, in order.
    """
    found: list[CharSpan] = []
    orders = [
        (start, end)
        for start, end in sentences
        if addresses_model(_INVISIBLE.sub("", text[start:end]))
    ]
    for start, end in (*orders, *(each.span() for each in _CHANGE_OF_SPEAKER.finditer(text))):
        paragraph = text.find("\n\n", end)
        found.append((start, len(text) if paragraph < 0 else paragraph))
    found += _hidden(text)
    return tuple(sorted(found))


def blanked(text: str, spans: Iterable[CharSpan]) -> str:
    """The text with white space in place of the spans: what is left stays where it is."""
    for start, end in spans:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def _hidden(text: str) -> list[CharSpan]:
    patterns = (_COMMENT, _UNSEEN_ELEMENT, _HIDDEN_ELEMENT, _TAGGED)
    return [found.span() for pattern in patterns for found in pattern.finditer(text)]
