"""Text that others wrote, made fit to be shown: nothing that Slack refuses, that hides, or that
turns other text around.

Who is mentioned is not decided here but by where a text is put (see the package). What stands in a
notification is `mrkdwn` to Slack, and is escaped.
"""

import re

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of the text around them; right-to-left
writing needs none of them."""
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The text without what is not to be seen; line ends as line feeds."""
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text on one line, clean."""
    return _SPACES.sub(" ", clean(text)).strip()


def escaped(text: str) -> str:
    """The text as `mrkdwn` without mentions or links: Slack's three signs are entities."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
