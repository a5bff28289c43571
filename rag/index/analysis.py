"""Text to index words: folded, stemmed, without stop words, in any script.

Chinese, Japanese and Thai put no space between words, so their runs become overlapping pairs of
characters; Korean words stand between spaces but carry endings, and get the same. The English and
the Russian stemmer run one after the other: each leaves the other's alphabet alone.
"""

import re

import tantivy

_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0e7f"
    "\U00020000-\U0003134f]+"
)
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LONGEST_WORD = 60  # characters; longer "words" are encoded data and only swell the index


def spaced(text: str) -> str:
    """The text with its unspaced runs written as pairs of characters: 中亚峰会 → 中亚 亚峰 峰会."""
    return text if text.isascii() else _UNSPACED.sub(_pairs, text)


def build_analyzer(*, russian: bool = True) -> tantivy.TextAnalyzer:
    """The analyzer for text that went through `spaced`; the same for passages and for questions.

    Args:
        russian: Whether to stem Russian, which takes as long as all the rest, also where there is
            none; for a text without Cyrillic both analyzers give the same words.
    """
    filters = (
        tantivy.Filter.remove_long(_LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.custom_stopword(list(_FUNCTION_WORDS)),
        tantivy.Filter.stemmer("english"),
        *((tantivy.Filter.stemmer("russian"),) if russian else ()),
        tantivy.Filter.ascii_fold(),
    )
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


class Analyzer:
    """Gives the words of a text."""

    def __init__(self) -> None:
        self.tantivy = build_analyzer()
        self._plain = build_analyzer(russian=False)

    def words(self, text: str) -> tuple[str, ...]:
        """The words in order, with repetitions."""
        analyzer = self.tantivy if _CYRILLIC.search(text) else self._plain
        return tuple(analyzer.analyze(spaced(text)))

    def word_set(self, text: str) -> frozenset[str]:
        """The words, each once."""
        return frozenset(self.words(text))


# Function words that tantivy's English stop words leave in: they say what kind of answer is wanted,
# or how sentences hang together, never what they are about.
_FUNCTION_WORDS = (
    "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "do", "does", "did",
    "doing", "done", "has", "have", "had", "having", "can", "could", "would", "should", "shall",
    "might", "must", "am", "were", "been", "being", "its", "his", "her", "hers", "our", "ours",
    "your", "yours", "my", "mine", "me", "we", "you", "he", "him", "she", "i", "them", "theirs",
    "itself", "himself", "herself", "themselves", "from", "about", "than", "so", "too", "very",
    "just", "any", "some", "much", "many", "since", "until", "while", "because", "here", "also",
    "ever", "yet", "still", "those", "nor", "though", "although", "whether", "however", "please",
    "tell", "s", "t",
)  # fmt: skip


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return f" {' '.join(pairs)} "
