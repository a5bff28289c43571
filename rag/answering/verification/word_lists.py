"""Word lists as they are written in these files: words between white space."""


def word_list(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


def words(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())
