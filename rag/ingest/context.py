"""What is put in front of a chunk before it is embedded: the document's title and the chunk's
heading.

It comes from the content alone, never from the file's name, so that a rename leaves vectors valid.
"""

MAX_CONTEXT_CHARS = 200
HEADING_SEPARATOR = " › "
_ELLIPSIS = "…"


def embedding_text(title: str | None, heading: str | None, text: str) -> tuple[str, int]:
    """The text to embed for a chunk, and how many characters stand in front of the chunk's own.

    Title and headings appear once each, on one line of at most 200 characters; without either
    nothing is put in front. Of headings that are too long together the innermost are kept.
    """
    context = _context(title, heading)
    if not context:
        return text, 0
    return f"{context}\n{text}", len(context) + 1


def _context(title: str | None, heading: str | None) -> str:
    parts: list[str] = []
    for part in (title or "", *(heading or "").split(HEADING_SEPARATOR)):
        words = " ".join(part.split())
        if words and words.casefold() not in (known.casefold() for known in parts):
            parts.append(words)
    # Outer headings say least about the chunk; the title is the last to go.
    while len(parts) > 2 and len(HEADING_SEPARATOR.join(parts)) > MAX_CONTEXT_CHARS:
        del parts[1]
    if len(parts) == 2:
        room = MAX_CONTEXT_CHARS - len(HEADING_SEPARATOR)
        heading_chars = max(room // 2, room - len(parts[0]))
        parts[1] = _shorten(parts[1], heading_chars)
        parts[0] = _shorten(parts[0], room - len(parts[1]))
    return _shorten(HEADING_SEPARATOR.join(parts), MAX_CONTEXT_CHARS)


def _shorten(words: str, max_chars: int) -> str:
    if len(words) <= max_chars:
        return words
    return words[: max_chars - len(_ELLIPSIS)].rstrip() + _ELLIPSIS
