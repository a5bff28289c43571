"""What Slack reads in a text: whom it mentions, where it links to, and what a person sees.

Written from Slack's rules, apart from the code under test.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

_CONTROL = re.compile(r"<([^<>]*)>")
_BROADCAST = re.compile(r"!(here|channel|everyone|group)(\|.*)?", re.DOTALL)
_TEAM = re.compile(r"!subteam\^(S[A-Z0-9]+)(\|.*)?", re.DOTALL)
_USER = re.compile(r"@([UWB][A-Z0-9]+)(\|.*)?", re.DOTALL)
_CHANNEL = re.compile(r"#([CGD][A-Z0-9]+)(\|.*)?", re.DOTALL)
_ADDRESS = re.compile(r"((?:https?|mailto|tel|slack):[^|]*)(\|(.*))?", re.DOTALL)
_BARE_BROADCAST = re.compile(r"(?<![\w@])@(here|channel|everyone)\b")
_BARE_ADDRESS = re.compile(r"(?<![\w/])https?://[^\s<>|]+")
_BARE_CHANNEL = re.compile(r"(?<![\w&/#])#([a-z][a-z0-9_-]+)")


@dataclass(frozen=True)
class Read:
    """One thing that Slack read in a text: a mention (`user`, `usergroup`, `broadcast`, `channel`)
    or a `link`, and of whom or where to.
    """

    kind: str
    target: str


def read_mrkdwn(text: str, *, verbatim: bool) -> Iterator[Read]:
    """What a `mrkdwn` text mentions and links to. Entities are decoded afterwards, so that they
    make nothing.
    """
    for control in _CONTROL.finditer(text):
        yield from _read_control(control[1])
    if verbatim:
        return
    rest = _CONTROL.sub(" ", text)
    for found in _BARE_BROADCAST.finditer(rest):
        yield Read("broadcast", found[1])
    for found in _BARE_CHANNEL.finditer(rest):
        yield Read("channel", found[1])
    for found in _BARE_ADDRESS.finditer(rest):
        yield Read("link", html.unescape(found[0]))


def read_markdown(text: str) -> Iterator[Read]:
    """What a `markdown` block or a stream's text may mention and link to: taken strictly, both as
    Slack's own marks and as Markdown.
    """
    yield from (read for read in read_mrkdwn(text, verbatim=False) if read.kind != "link")
    for token in MarkdownIt("commonmark").parse(text):
        for inner in token.children or ():
            if inner.type == "link_open":
                yield Read("link", str(inner.attrGet("href")))
            elif inner.type == "image":
                yield Read("link", str(inner.attrGet("src")))


def shown_mrkdwn(text: str) -> str:
    """What a person sees of a `mrkdwn` text, its emphasis aside."""
    return html.unescape(_CONTROL.sub(_label, text))


def _read_control(inside: str) -> Iterator[Read]:
    for kind, pattern in (
        ("broadcast", _BROADCAST),
        ("usergroup", _TEAM),
        ("user", _USER),
        ("channel", _CHANNEL),
        ("link", _ADDRESS),
    ):
        if found := pattern.fullmatch(inside):
            yield Read(kind, found[1])


def _label(control: re.Match[str]) -> str:
    address, _, label = control[1].partition("|")
    return label or address
