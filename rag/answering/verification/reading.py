"""Reads a sentence into what is compared: words by their stems, and the things that must agree
(numbers, dates, names, words with an opposite), each with the words around it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tantivy

from embeddings.base import CharSpan
from rag.answering.verification.polarity import ALIKE, OPPOSITES, is_negation, is_soft_negation
from rag.answering.verification.quantities import Quantity, quantities
from rag.answering.verification.word_lists import words
from rag.index.analysis import spaced

REACH = 4
"""Content words on either side that say what a thing is about."""

_SCOPE = 3  # content words that a negation reaches

_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’][^\W_]{1,2}(?![^\W_]))?")
_CLAUSE_END = re.compile(r"[,;:.](?=\s)")
_BEGINNINGS = frozenset((". ", "? ", "! ", ": ", "- ", "* ", "| "))
_RESTRICTING = frozenset(("only", "solely", "exclusively", "sole", "alone", "just", "merely"))
_LISTING = frozenset(("and", "or", "the", "a", "an", "as", "well", "both"))
_NO_DENIAL = frozenset(("only", "just", "merely", "least", "more", "less"))
_POSSESSIVE = re.compile(r"['’]s?$")
_STOP = words(
    """
    a an the this that these those there here it its he she they we i you him his her hers their
    theirs our my your is are was were be been being am do does did doing done has have had
    having will would shall should can could may might must of in on at by for from with as to
    into onto upon about than then and or but so yet if while when where who whom whose which
    what how why because since until though although however moreover also too very just such
    own same other another any some each both either not no nor never none neither s t d ll re
    ve m up out off over under again once only during through between against within across
    along among around via per etc eg ie us them me himself herself itself themselves one ones
    more most much many less least well even still now cannot without
    """
)
# Words that a capital makes no name of, and that models put into sentences of their own.
_FRAMING = words(
    """
    according based document documents source sources text passage evidence provided states
    stated state mentions mentioned says said describes described reports reported shows shown
    indicates notes noted overall additionally furthermore therefore thus hence meanwhile first
    second finally example specifically including include includes namely respectively called
    known referred
    """
)


class Word(NamedTuple):
    """What is known of a word wherever it stands."""

    lower: str
    stem: str
    is_content: bool
    is_capital: bool
    is_marked: bool  # by a digit or a capital inside: a name wherever it stands
    denies: bool
    may_deny: bool
    axes: tuple[tuple[int, int], ...]


class Token(NamedTuple):
    """A word in its place. `at` counts content words from 0; for others it is that of the next."""

    start: int
    end: int
    at: int
    is_content: bool
    word: Word

    @property
    def lower(self) -> str:
        return self.word.lower


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that must agree.

    Attributes:
        kind: A quantity's kind, "name", or the number of an axis of opposites.
        key: Of a name its stem, of an opposite the end of its axis; of a quantity its text.
        at: The content word it stands at.
        size: Of how many content words it consists; none for quantities.
        parts: The stems of a "whole name", all its words in a row, and of a "first word", which
            may be a name or have its capital from the sentence.
    """

    kind: str
    key: str
    text: str
    at: int
    quantity: Quantity | None = None
    stem: str = ""
    size: int = 0
    parts: frozenset[str] = frozenset()

    @property
    def initials(self) -> str:
        """The first letters of a name of several words, as `EMA`; empty for others."""
        return "".join(word[0] for word in self.text.split()) if self.size > 1 else ""

    def agrees(self, other: "Item") -> bool:
        """Whether the other is this."""
        if self.quantity and other.quantity:
            return self.quantity.is_same(other.quantity)
        if self.parts and other.parts:
            return (
                self.parts <= other.parts
                or other.parts <= self.parts
                or self.text.replace(".", "") == other.initials
                or other.text.replace(".", "") == self.initials
            )
        return self.kind == other.kind and self.key == other.key


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence as it is compared.

    Attributes:
        content: The stems of its content words, in order.
        denied: Positions of content words that a negation reaches, strict ones.
        heads: What each negation reaches, the word it denies first.
        denials: How many strict negations it has.
        ends: The ends of axes of opposites on which words stand that may be said for others.
        restricts: Whether it says "only".
        soft: Its words that may stand for a negation.
    """

    text: str
    tokens: tuple[Token, ...]
    content: tuple[str, ...]
    items: tuple[Item, ...]
    denied: frozenset[int]
    heads: tuple[tuple[str, ...], ...]
    denials: int
    soft: frozenset[str]
    stems: frozenset[str]
    ends: frozenset[tuple[int, int]]
    restricts: bool

    def around(self, item: Item) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The content words to the left and to the right of a thing, the nearest first."""
        left = self.content[max(0, item.at - REACH) : item.at]
        return left[::-1], self.content[item.at + item.size : item.at + item.size + REACH]

    def between(self, one: Item, two: Item) -> tuple[tuple[str, ...], bool] | None:
        """The words between two names, and whether a passive turns them round; None where the
        sentence only lists the two.
        """
        words = [
            token.word
            for token in self.tokens
            if one.at + one.size <= token.at and (token.at, token.is_content) < (two.at, True)
        ]
        is_passive = bool(words) and words[-1].lower == "by"
        told = tuple(word.stem for word in words if word.lower not in _LISTING)
        if is_passive:
            told = tuple(word.stem for word in words if word.is_content)
        return (told, is_passive) if told else None


class Reader:
    """Reads sentences; keeps the stems of words it has met."""

    def __init__(self) -> None:
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
        for each in (
            tantivy.Filter.lowercase(),
            tantivy.Filter.stemmer("english"),
            tantivy.Filter.stemmer("russian"),
            tantivy.Filter.ascii_fold(),
        ):
            builder = builder.filter(each)
        self._analyzer = builder.build()
        self._words: dict[str, Word] = {}

    def read(self, text: str) -> Reading:
        """The sentence's reading."""
        measured = quantities(text)
        tokens = tuple(self._tokens(text, [(each.start, each.end) for each in measured]))
        content = tuple([token.word.stem for token in tokens if token.is_content])
        denied, heads, denials = _denied(text, tokens)
        return Reading(
            text=text,
            tokens=tokens,
            content=content,
            items=(*_measured(tokens, measured), *_items(text, tokens)),
            denied=denied,
            heads=heads,
            denials=denials,
            soft=frozenset(token.word.stem for token in tokens if token.word.may_deny),
            stems=frozenset(content),
            restricts=any(token.lower in _RESTRICTING for token in tokens),
            ends=frozenset(end for token in tokens for end in token.word.axes if end[0] in ALIKE),
        )

    def _tokens(self, text: str, taken: Sequence[CharSpan]) -> Iterator[Token]:
        at = 0
        # Pairs of characters for unspaced scripts; nothing is pointed at inside a sentence.
        source = text if text.isascii() else spaced(text)
        for match in _WORD.finditer(source):
            start, end = match.span()
            word = self._words.get(match.group()) or self._learnt(match.group())
            is_content = word.is_content and not (
                taken and any(first < end and start < last for first, last in taken)
            )
            yield Token(start, end, at, is_content, word)
            at += is_content

    def _learnt(self, said: str) -> Word:
        bare = said.replace(".", "") if "." in said else _POSSESSIVE.sub("", said)
        lower = bare.lower()
        denies = is_negation(lower) or said.lower().endswith(("n't", "n’t"))
        found = self._analyzer.analyze(lower)
        has_digit = any(char.isdigit() for char in bare)
        is_marked = has_digit != bare.isdigit() or any(char.isupper() for char in bare[1:])
        word = Word(
            lower=lower,
            stem=found[0] if found else lower,
            is_content=not (denies or lower in _STOP or (len(lower) == 1 and bare.islower())),
            is_capital=bare[:1].isupper() or is_marked,
            is_marked=is_marked,
            denies=denies,
            may_deny=is_soft_negation(lower),
            axes=OPPOSITES.get(lower, ()),
        )
        self._words[said] = word
        return word


def _measured(tokens: Sequence[Token], found: Sequence[Quantity]) -> Iterator[Item]:
    for quantity in found:
        at = next((token.at for token in tokens if token.end > quantity.start), 0)
        yield Item(quantity.kind, quantity.text, quantity.text, at, quantity)


def _items(text: str, tokens: tuple[Token, ...]) -> Iterator[Item]:
    run: list[Item] = []
    run_end = 0
    for position, token in enumerate(tokens):
        word = token.word
        for axis, sign in word.axes:
            yield Item(
                f"axis {axis}", str(sign), text[token.start : token.end], token.at, None, word.stem
            )
        if _is_name(text, tokens, position):
            said = text[token.start : token.end]
            name = Item("name", word.stem, said, token.at, None, word.stem, 1)
            yield name
            if run and (token.start - run_end > 1 or run[-1].at != token.at - 1):
                yield _whole(run)
                run = []
            run.append(name)
            run_end = token.end
        elif word.is_capital and token.is_content and word.lower not in _FRAMING:
            said = text[token.start : token.end]
            parts = frozenset([word.stem])
            yield Item("first word", word.stem, said, token.at, None, word.stem, 1, parts)
    if run:
        yield _whole(run)


def _is_name(text: str, tokens: tuple[Token, ...], position: int) -> bool:
    token = tokens[position]
    word = token.word
    if not (word.is_capital and token.is_content) or word.lower in _FRAMING:
        return False
    if word.is_marked or not (position == 0 or text[token.start - 2 : token.start] in _BEGINNINGS):
        return True
    # The first word of a sentence has its capital from there, unless the next has one too.
    following = tokens[position + 1 : position + 2]
    return (
        following != ()
        and following[0].word.is_capital
        and following[0].is_content
        and following[0].start - token.end == 1
    )


def _whole(run: Sequence[Item]) -> Item:
    parts = frozenset(each.stem for each in run)
    said = " ".join(each.text for each in run)
    return Item("whole name", said, said, run[0].at, None, "", len(run), parts)


def _denied(
    text: str, tokens: tuple[Token, ...]
) -> tuple[frozenset[int], tuple[tuple[str, ...], ...], int]:
    """Positions of the content words that negations reach, these words for each of them, and how
    many negations there are.
    """
    reached: set[int] = set()
    heads = []
    denials = 0
    for position, token in enumerate(tokens):
        if not token.word.denies:
            continue
        following = tokens[position + 1 : position + 2]
        if following and following[0].lower in _NO_DENIAL:
            continue
        denials += 1
        scope = list(_scope(text, token.end, tokens[position + 1 :]))
        reached.update(each.at for each in scope)
        # An adverb stands between a negation and what it denies: "not yet fully approved".
        scope.sort(key=lambda each: each.lower.endswith("ly"))
        heads.append(tuple([each.word.stem for each in scope]))
    return frozenset(reached), tuple(heads), denials


def _scope(text: str, end: int, following: Sequence[Token]) -> Iterator[Token]:
    left = _SCOPE
    for token in following:
        if left == 0 or token.lower == "but" or _CLAUSE_END.search(text, end, token.start):
            return
        end = token.end
        if token.is_content:
            left -= 1
            yield token
