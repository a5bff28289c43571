"""Texts that break Slack bots: lengths at each limit, markup, mentions that nobody meant, signs
made of several others, writing from right to left.

200 of them, each with a name; every one is a document's sentence, a title, a person's question and
a model's answer in turn.
"""

import random
from collections.abc import Iterator

LIMITS = (75, 150, 255, 300, 1000, 1200, 2000, 2700, 3000, 7000, 11_800, 12_000, 13_200)
MENTIONS = (
    "<!here>",
    "<!channel>",
    "<!everyone>",
    "<!channel|channel>",
    "<@U1>",
    "<@U1|ada>",
    "<@W012A3CDE>",
    "<#C1>",
    "<#C1|general>",
    "<!subteam^S1>",
    "<!subteam^S1|@team>",
    "@here",
    "@channel",
    "@everyone",
    "@\u200bhere",
    "<\u200b!here>",
    "&lt;!here&gt;",
    "&amp;lt;!here&amp;gt;",
    "<<!here>>",
    "<!he<!here>re>",
    "\\<!here>",
    "`<!here>`",
    "```\n<!here>\n```",
    "> <!here>",
    "[x](<!here>)",
    "<!date^1392734382^{date}|<!here>>",
    "＜!here＞",
    "<!here\n>",
    "<\n!here>",
    "<!here|",
    "#general",
)
LINKS = (
    "https://example.org/a_(b)_(c(d))?x=1&y=<z>",
    "[words](https://example.org/a_(b))",
    "[words](<https://example.org/a b>)",
    "![picture](https://example.org/p.png)",
    "<https://example.org|trusted.example>",
    "<https://example.org/a|b|c>",
    "<mailto:ada@example.org|ada>",
    "[1](https://example.org/marker)",
    "[1]: https://example.org/reference",
    "[a][b]\n\n[b]: https://example.org",
    "[https://bank.example](https://example.org)",
    "www.example.org and example.org/path",
    "javascript:alert(1) and [x](javascript:alert(1))",
    "<https://example.org>",
    "https://example.org/" + "a" * 3100,
    "slack://open?team=T1",
)
MARKUP = (
    "*bold* _italic_ ~strike~ `code`",
    "**bold** __bold__ ~~strike~~",
    "*", "_", "~", "`", "```", "````", "***", "|", "||spoiler||", "\\", "&", "<", ">", "<>",
    "&amp;",
    "`unclosed code", "```unclosed fence\ncode", "~~~\nfence of waves\n~~~",
    "```python\nx = '```'\n```", "a ``b ` c`` d",
    "# heading\n## second\n####### none", "Setext\n===\nanother\n---",
    "- a\n  - b\n    - c\n      - d\n        - e", "1. a\n1. b\n3. c", "1000000000. many",
    "- [ ] task\n- [x] done", "* * *", "---", "> quote\n> > nested\n> > > more", "> ",
    "| a | b |\n|---|---|\n| 1 | 2 |", "| a |\n|---|", "|---|",
    "| a | b |\n|:-:|--:|\n| <!here> | |",
    "| " + " | ".join(f"column {n}" for n in range(30)) + " |\n"
    + "|---" * 30 + "|\n" + "| x " * 30,
    "<b>bold</b><script>alert(1)</script>", "<!-- comment -->", "&#64;here &commat;here",
    ":smile: :+1: :not-an-emoji:", "$x_1$ and $$y$$", "\\[ x \\] \\( y \\)", "[1] [2] [99] [9999]",
    "“quoted “inner” words” and ‘more’ and \"straight\"", "«guillemets» „deutsch“",
)  # fmt: skip
SIGNS = (
    "👩‍👩‍👧‍👦" * 400,
    "🏳️‍🌈🏴‍☠️🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" * 200,
    "🇩🇪🇫🇷" * 800,
    "👍🏽" * 2000,
    "e\u0301" * 3000,
    "Z" + "\u0300\u0301\u0302\u0303" * 400,
    "क्षत्रिय " * 400,
    "한국어 텍스트입니다. " * 300,
    "これは長い文章です。" * 400,
    "שלום <!here> עולם. " * 200,
    "مرحبا بالعالم (https://example.org/(x)) " * 100,
    "\u202egnorw eht yaw dnuor\u202c",
    "\u2066isolated\u2069 \u200fmark\u200e",
    "zero\u200bwidth\u2060joiner\ufeffbom",
    "null \x00 bell \x07 escape \x1b[31m delete \x7f next \x85",
    "tab\tvertical\x0bform\x0creturn\r\nline\u2028paragraph\u2029end",
    "lone \ud800 surrogate \udfff",
    "\ue000 private \U0010ffff last \ufffe",
    "𝕄𝕒𝕥𝕙 " * 900,
    "ffi ﬃ ß İ ı ſ",
    "\u00a0\u2003\u3000spaces\u00a0",
    " ",
    "\n",
    "\n\n\n\n",
    "\t",
    "\u200b",
)


def awkward_texts() -> dict[str, str]:
    """The texts by their names, always the same 200."""
    texts = dict(_texts())
    rest = random.Random(6)
    while len(texts) < 200:
        picked = rest.choices((*MENTIONS, *LINKS, *MARKUP, *SIGNS[:10]), k=rest.randint(2, 12))
        glue = rest.choice((" ", "", "\n", "\n\n", " `", "* ", "<", "]("))
        texts[f"mixture {len(texts)}"] = glue.join(part[:400] for part in picked)
    return texts


def _texts() -> Iterator[tuple[str, str]]:
    for most in LIMITS:
        for more in (-1, 0, 1):
            yield f"{most}{more:+} letters", _sentences(most + more)
    for most in (150, 2700, 12_000):
        yield f"one word of {most + 1}", "w" * (most + 1)
        yield f"{most + 1} code units of emoji", "😀" * (most // 2 + 1)
        yield f"{most + 1} ampersands", "&" * (most + 1)
        yield f"{most + 1} quotation marks", '"' * (most + 1)
        yield f"{most + 1} characters of code", "```\n" + "x = 1\n" * (most // 6) + "\n```"
    for group, texts in (("mention", MENTIONS), ("link", LINKS), ("markup", MARKUP)):
        yield from ((f"{group} {text[:40]!r}", text) for text in texts)
    yield from ((f"signs {at}", text) for at, text in enumerate(SIGNS))
    yield "a quotation over the limit of a block", "He said “" + "word " * 800 + "end” twice."
    yield "40000 letters", _sentences(40_000)
    yield "many lines", "line\n" * 3000
    yield "many paragraphs", "one\n\n" * 2000
    yield "many list items", "- item with *words*\n" * 800
    yield "many links", "[x](https://example.org/a_(b)) " * 400


def _sentences(chars: int) -> str:
    sentence = "Trade grew by a third. "
    return (sentence * (chars // len(sentence) + 1))[: chars - 1] + "."
