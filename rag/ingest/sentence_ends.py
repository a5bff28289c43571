"""Finds where sentences end inside one stretch of running text.

A mark ends a sentence if what follows can begin one and what precedes is no abbreviation. Text that
was tokenised with spaces before its marks (`word , word . The`) is read alike.
"""

import re

# A mark is looked at once: where it starts, with all its repetitions and closing brackets.
_MARK = re.compile(
    r"(?P<plain>(?<![.!?…])[.!?…]++(?:['\"”’»)\]*_]++)?(?:\[\d{1,3}\])*+(?:[ ](?:''|[\"”](?=\s)))?)"
    r"(?=\s|$)"
    r"|[。！？｡।॥؟۔]++[」』”’）】》\"')]*+"
    r"|/[A-Z][A-Za-z ]{2,30}/[ ]?(?:--|—|–)(?=\s)"  # a news wire's dateline
    r"|\((?:AFP|AP|Reuters|Xinhua)\)[ ]?(?:--|—|–|-)(?=\s)"
)
_NEXT_WORD = re.compile(r"\s*(\S{1,40})")
_OPENERS = "\"'“‘«„‹(【「『《[¿¡*_`-–—•#→✓"
_LOOK_BACK_CHARS = 40
_LEAD = "([\"'“‘«*_#>- \t\r\n"


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ALWAYS_OPEN = _words(
    "mr mrs ms mx dr prof rev hon gen lt col capt sgt maj cmdr adm gov sen rep pres amb st"
    " mt messrs mme mlle vs v cf viz e.g i.e eg ie al approx resp incl ca"
)
_OPEN_BEFORE_NUMBER = _words(
    "no nos art arts sec secs ch chap para paras p pp vol vols fig figs eq tab app cl ex reg"
    " jan feb mar apr jun jul aug sep sept oct nov dec est abs nr tel ext"
)
_MAY_END = _words("inc ltd co corp llc bros plc jr sr etc dept univ u.s u.k u.n")
_STARTERS = _words(
    "a an the this that these those there here it he she they we i you his her its their our my"
    " your in on at by for from with as after before since during if when while where who what how"
    " why which but and or so yet however moreover meanwhile also then thus although because not no"
    " all some many most each every one both such other another according"
)
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_INITIAL = re.compile(r"[^\W\d_a-z]$")
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})$")


def sentence_ends(text: str, start: int, end: int) -> list[int]:
    """Offsets between `start` and `end` right behind each sentence but the last."""
    ends = []
    sentence_start = start
    for mark in _MARK.finditer(text, start, end):
        if mark.group("plain") is None or _ends_sentence(text, sentence_start, end, mark):
            sentence_start = mark.end()
            ends.append(sentence_start)
    if ends and ends[-1] >= end:
        ends.pop()
    return ends


def _ends_sentence(text: str, sentence_start: int, end: int, mark: re.Match[str]) -> bool:
    following = _NEXT_WORD.match(text, mark.end(), end)
    if following is None or not _can_begin(following.group(1)):
        return False
    plain = mark.group("plain")
    if not plain.startswith(".") or plain.startswith(".."):
        return True
    return not _is_abbreviation(text, sentence_start, mark.start(), following.group(1))


def _can_begin(word: str) -> bool:
    """Whether a sentence can begin with the word, as it stands, marks and all."""
    first = word[0]
    if first in _OPENERS:
        rest = word.lstrip(_OPENERS)
        return not rest or not rest[0].islower() or first in "-–—•"
    return not first.islower() and (first.isalnum() or not first.isascii() or first in "$£€@&")


def _is_abbreviation(text: str, sentence_start: int, dot: int, following: str) -> bool:
    """Whether the dot at an offset belongs to the word before it."""
    before = text[max(sentence_start, dot - _LOOK_BACK_CHARS) : dot]
    if not before or before[-1].isspace():  # set apart on purpose, in tokenised text
        return False
    word = before.split()[-1].lstrip(_LEAD)
    is_first = dot - sentence_start <= _LOOK_BACK_CHARS and not before.removesuffix(word).strip(
        _LEAD
    )
    if is_first and _LIST_NUMBER.match(word):
        return True
    low = word.lower()
    if low in _ALWAYS_OPEN:
        return True
    if low in _OPEN_BEFORE_NUMBER:
        return following[0].isdigit()
    if low in _MAY_END or _ACRONYM.search(word) or _INITIAL.match(word):
        return following.strip("\"'“‘(,").lower() not in _STARTERS
    return False
