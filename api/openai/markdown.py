"""Words of a document inside Markdown: shown as they are, never read as Markdown or HTML."""

import re

from api.terminal import harmless

_SPECIAL = re.compile(
    r"""
      [\\`*\[\]<~$@]                # emphasis, links, HTML, code, formulas, addresses
    | (?<![A-Za-z0-9])_|_(?![A-Za-z0-9])   # inside a word it is no emphasis
    | &(?=\#?\w+;)                 # entities
    | :(?=//)|(?<=www)\.            # addresses that become links by themselves
    """,
    re.VERBOSE | re.IGNORECASE,
)


def literal(text: str) -> str:
    """The text on one line, escaped; words without Markdown's signs stay as they are."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(harmless(text).split()))


def link(text: str, url: str) -> str:
    """A link whose text is Markdown already."""
    return f"[{text}](<{url.replace('<', '%3C').replace('>', '%3E')}>)"
