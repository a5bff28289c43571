"""Words of a document inside Markdown: shown as they are, never read as Markdown or HTML.

Names in a list of sources are escaped on one line (`literal`). Quoted sentences are escaped only
where Markdown, or an extension of it that chat front ends know, would read a sign; `unescaped`
gives them back exactly.
"""

import re
from collections.abc import Iterator

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

# A closing bracket is never escaped: front ends read `\[ … \]` as a formula.
_READ_AS_MARKDOWN = re.compile(
    r"""
      (?P<address>https?://(?:(?!~~)[^\s<>\[\]\\`*])+)  # shown as they are
    | (?P<sign>
        \\(?![A-Za-z0-9 ])            # an escape, or the end, which might come to stand before one
      | \[(?![^\W\d_][\w .,'’-]{1,60}\](?![(\[:]))    # all but words, as `[sic]`
      | <(?=[A-Za-z/!?]|[^\s<>]*@)    # HTML, and addresses in angle brackets
      | `
      | \*(?!(?<=[ ]\*)[ ])          # one between spaces is no emphasis
      | (?<![^\W_])_|_(?![^\W_])     # nor is one inside a word
      | ~(?=~)|(?<=\S)~              # nor the one in `~5`, which nothing ends
      | &(?=\#?\w{1,40};)            # entities
      | \$(?![\d\s])                # formulas
      | :(?=::)                      # directives
      | ^(?:\#(?=[\#\s])|>)          # headings and quotes
      )
    """,
    re.VERBOSE | re.MULTILINE,
)
_ESCAPED = re.compile(r"\\([\\\[<`*_~&$:#>])")


def escapes(text: str) -> Iterator[int]:
    """The offsets of the signs that need a backslash before them, ascending."""
    for found in _READ_AS_MARKDOWN.finditer(text):
        if found["sign"]:
            yield found.start()


def unescaped(text: str) -> str:
    """The text that was escaped; any other text without the backslashes before its signs."""
    return _ESCAPED.sub(r"\1", text)


def literal(text: str) -> str:
    """The text on one line, escaped; words without Markdown's signs stay as they are."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(harmless(text).split()))


def link(text: str, url: str) -> str:
    """A link whose text is Markdown already."""
    return f"[{text}](<{url.replace('<', '%3C').replace('>', '%3E')}>)"
