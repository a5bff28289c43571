"""Rows as token ids: a window is laid into each passage as a reader will see it, and labelled.

A passage is cut to a window of a length that is drawn anew in each epoch, so that the reader does
not learn where in a window answers stand. For a question that is answered, the window holds the
answer; of the same passages, windows beside the answer teach that a topic is not yet an answer.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.reading.training.rows import Row

NO_LABEL = -1.0
WINDOW_TOKENS = (48, 64, 64, 80, 80, 80, 96, 96, 112, 128, 160)
"""Lengths of question and window together, drawn evenly: about those that a reader is given."""

MAX_QUESTION_TOKENS = 48
MAX_TITLE_TOKENS = 12
_TITLE_SHARE = 0.3
_BESIDE_SHARE = 0.12
_MIN_BESIDE_TOKENS = 40


@dataclass(frozen=True, slots=True)
class Texts:
    """Rows with their texts as tokens.

    Attributes:
        questions, passages, titles: Ids without special tokens, one array a row.
        offsets: For each row the characters of each token of the passage, shape (tokens, 2).
    """

    rows: tuple[Row, ...]
    questions: tuple[NDArray[np.int32], ...]
    passages: tuple[NDArray[np.int32], ...]
    titles: tuple[NDArray[np.int32], ...]
    offsets: tuple[NDArray[np.int32], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One input and what is to be said of it.

    Attributes:
        ids: Of the input, shape (length,): [CLS] question [SEP] window [SEP].
        first: Position of the second part.
        passage_first: Position of the window's first token, behind a title.
        spans: Accepted answers as token positions (first, last), both inclusive; none: the answer
            is the position of [CLS], "no answer here".
        learns_span: Whether the spans are to be learned.
        labels: answerable, relevant, supported as 1 or 0, or NO_LABEL.
        row: Its row.
        offset: Index of the passage's token that stands at `passage_first`.
    """

    ids: NDArray[np.int32]
    first: int
    passage_first: int
    spans: tuple[tuple[int, int], ...]
    learns_span: bool
    labels: tuple[float, float, float]
    row: int
    offset: int


class Tokens:
    """The model's own tokenizer, for many texts at a time."""

    def __init__(self, tokenizer_file: str) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(tokenizer_file)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.cls = self._id("[CLS]")
        self.sep = self._id("[SEP]")

    def encode(self, rows: Sequence[Row]) -> Texts:
        """Tokenizes rows; a passage that many share is tokenized once."""
        passages = list(dict.fromkeys(row.passage for row in rows))
        encoded = self._tokenizer.encode_batch(passages, add_special_tokens=False)
        by_text = {
            text: (np.array(each.ids, np.int32), np.array(each.offsets, np.int32).reshape(-1, 2))
            for text, each in zip(passages, encoded, strict=True)
        }
        questions = self._ids([row.question for row in rows], MAX_QUESTION_TOKENS)
        titles = self._ids([_plain(row.title) for row in rows], MAX_TITLE_TOKENS)
        return Texts(
            rows=tuple(rows),
            questions=questions,
            passages=tuple(by_text[row.passage][0] for row in rows),
            titles=titles,
            offsets=tuple(by_text[row.passage][1] for row in rows),
        )

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(
                f"The model's tokenizer has no {token}; the reader needs a BERT-like one."
            )
        return int(found)

    def _ids(self, texts: Sequence[str], limit: int) -> tuple[NDArray[np.int32], ...]:
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return tuple(np.array(each.ids[:limit], np.int32) for each in encoded)


def examples(texts: Texts, tokens: Tokens, seed: int, *, epoch: int) -> list[Example]:
    """One window of each row, drawn for an epoch."""
    made = []
    for index, row in enumerate(texts.rows):
        draw = random.Random(f"{seed} {epoch} {index} {row.id}")
        made.append(_example(texts, tokens, index, draw))
    return made


def whole(texts: Texts, tokens: Tokens, max_tokens: int) -> list[Example]:
    """Each row with as much of its passage as fits, laid around the anchor: for measuring."""
    return [
        _laid(texts, tokens, index, max_tokens, None, random.Random(index))
        for index in range(len(texts.rows))
    ]


def _example(texts: Texts, tokens: Tokens, index: int, draw: random.Random) -> Example:
    row = texts.rows[index]
    length = draw.choice(WINDOW_TOKENS)
    if row.has_span and draw.random() < _BESIDE_SHARE:
        beside = _beside(texts, tokens, index, length, draw)
        if beside is not None:
            return beside
    title = texts.titles[index] if draw.random() < _TITLE_SHARE else None
    return _laid(texts, tokens, index, length, title, draw)


def _laid(
    texts: Texts,
    tokens: Tokens,
    index: int,
    length: int,
    title: NDArray[np.int32] | None,
    draw: random.Random,
) -> Example:
    row = texts.rows[index]
    question, passage = texts.questions[index], texts.passages[index]
    prefix = np.zeros(0, np.int32) if title is None else title
    room = max(16, length - len(question) - len(prefix) - 3)
    spans = _token_spans(row, texts.offsets[index])
    if len(passage) <= room:
        first = 0
    elif spans or row.anchor:
        around = spans[0] if spans else _tokens_of(row.anchor or (0, 0), texts.offsets[index])
        first = _first_around(around, room, len(passage), draw)
    else:
        first = _most_alike(question, passage, room, draw)
    return _assembled(tokens, index, row, question, prefix, passage, spans, first, room)


def _beside(
    texts: Texts, tokens: Tokens, index: int, length: int, draw: random.Random
) -> Example | None:
    """A window of the same passage without the answer; None where every one has it."""
    row, passage = texts.rows[index], texts.passages[index]
    question = texts.questions[index]
    offsets = texts.offsets[index]
    room = max(16, length - len(question) - 3)
    taken = _token_spans(row, offsets)
    if not taken:
        return None
    low, high = min(first for first, _ in taken), max(last for _, last in taken)
    parts = [
        part
        for part in ((0, low), (high + 1, len(passage)))
        if part[1] - part[0] >= _MIN_BESIDE_TOKENS
    ]
    if not parts:
        return None
    start, end = draw.choice(parts)
    part = passage[start:end]
    at = _most_alike(question, part, room, draw) if len(part) > room else 0
    chosen = part[at : at + room]
    text = row.passage[offsets[start + at][0] : offsets[start + at + len(chosen) - 1][1]].lower()
    if any(row.passage[first:last].lower() in text for first, last in row.spans):
        return None
    ids = np.concatenate([[tokens.cls], question, [tokens.sep], chosen, [tokens.sep]])
    first = len(question) + 2
    return Example(
        ids.astype(np.int32), first, first, (), True, (0.0, NO_LABEL, NO_LABEL), index, start + at
    )


def _assembled(
    tokens: Tokens,
    index: int,
    row: Row,
    question: NDArray[np.int32],
    prefix: NDArray[np.int32],
    passage: NDArray[np.int32],
    spans: Sequence[tuple[int, int]],
    first: int,
    room: int,
) -> Example:
    chosen = passage[first : first + room]
    ids = np.concatenate([[tokens.cls], question, [tokens.sep], prefix, chosen, [tokens.sep]])
    second = len(question) + 2
    passage_first = second + len(prefix)
    inside = tuple(
        (start - first + passage_first, last - first + passage_first)
        for start, last in spans
        if start >= first and last < first + len(chosen)
    )
    learns_span = bool(inside) or row.answerable is False
    return Example(
        ids=ids.astype(np.int32),
        first=second,
        passage_first=passage_first,
        spans=inside,
        learns_span=learns_span,
        labels=(_label(row.answerable), _label(row.relevant), _label(row.supported)),
        row=index,
        offset=first,
    )


def _first_around(span: tuple[int, int], room: int, length: int, draw: random.Random) -> int:
    """A window that holds the span, at any place in it."""
    low = max(0, span[1] + 1 - room)
    high = min(span[0], length - room)
    return draw.randint(low, high) if low <= high else max(0, min(span[0], length - room))


def _most_alike(
    question: NDArray[np.int32], passage: NDArray[np.int32], room: int, draw: random.Random
) -> int:
    """The window with most of the question's tokens, or any in one of three cases."""
    if draw.random() < 1 / 3:
        return draw.randint(0, len(passage) - room)
    shared = np.isin(passage, question).astype(np.int64)
    sums = np.convolve(shared, np.ones(room, np.int64), mode="valid")
    return int(np.argmax(sums))


def _token_spans(row: Row, offsets: NDArray[np.int32]) -> list[tuple[int, int]]:
    return list(dict.fromkeys(_tokens_of(span, offsets) for span in row.spans))


def _tokens_of(span: tuple[int, int], offsets: NDArray[np.int32]) -> tuple[int, int]:
    """First and last token that a span of characters touches."""
    first = int(np.searchsorted(offsets[:, 1], span[0], side="right"))
    last = int(np.searchsorted(offsets[:, 0], span[1], side="left")) - 1
    return min(first, len(offsets) - 1), max(first, min(last, len(offsets) - 1))


def _label(value: bool | None) -> float:
    return NO_LABEL if value is None else float(value)


def _plain(title: str | None) -> str:
    """A title as words; addresses and names of sets are none."""
    if not title or "_Reviews_" in title or "Filtered_" in title or title.startswith("/"):
        return ""
    return title.replace("_", " ") + " :"
