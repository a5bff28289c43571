"""Texts as a reader's model takes them: `[CLS] question [SEP] title : window [SEP]`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from embeddings.texts import encodable
from rag.reading.loading import TOKENIZER_FILE, ReaderFiles

_MOST_CHARS = 20_000
"""Of one text; the model sees no more tokens than stand in so many characters."""


class Texts(NamedTuple):
    """What is read together: the first part, which asks, and the second, with its title if any."""

    first: str
    title: str | None
    second: str


@dataclass(frozen=True, slots=True)
class Input:
    """Token ids of one input.

    Attributes:
        ids: From [CLS] to the last [SEP].
        second: Position of the second part, from which on tokens are of type 1.
        low: Position of the second part's own first token, behind its title.
        high: The position behind its last; not above `low` where it holds no token.
        encoding: Of the second part: `offsets` and `word_ids` of each of its tokens, the first of
            them at `low`. It may hold more tokens than there is room for.
    """

    ids: list[int]
    second: int
    low: int
    high: int
    encoding: Any


class InputMaker:
    """Makes inputs with the model's own tokenizer. Safe to use from several threads.

    Attributes:
        pad: The token that fills a batch up.
    """

    def __init__(self, files: ReaderFiles) -> None:
        from tokenizers import Tokenizer

        self._files = files
        self._tokenizer = Tokenizer.from_file(str(files.folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._cls, self._sep, self.pad = map(self._special, ("[CLS]", "[SEP]", "[PAD]"))

    def inputs(self, texts: Sequence[Texts]) -> list[Input]:
        """One input for each; a second part that is too long is cut."""
        return [pieces[0] for pieces in self._in_pieces(texts, most=1)]

    def in_pieces(self, texts: Sequence[Texts]) -> list[list[Input]]:
        """At least one input for each; a second part that is too long gives several, which overlap
        by half.
        """
        return self._in_pieces(texts, most=None)

    def _in_pieces(self, texts: Sequence[Texts], most: int | None) -> list[list[Input]]:
        firsts = self._ids((each.first for each in texts), self._files.max_question_tokens)
        titles = self._ids(
            (each.title for each in texts if each.title), self._files.max_title_tokens, " :"
        )
        encodings = self._tokenizer.encode_batch(
            [_readable(each.second) for each in texts], add_special_tokens=False
        )
        made = []
        for each, encoding in zip(texts, encodings, strict=True):
            head = [self._cls, *firsts[each.first], self._sep]
            second = len(head)
            head += titles[each.title] if each.title else []
            ids = encoding.ids
            room = self._files.max_tokens - len(head) - 1
            pieces = []
            for start in _starts(len(ids), room)[:most]:
                piece = ids[start : start + room]
                high = len(head) + len(piece)
                pieces.append(Input([*head, *piece, self._sep], second, len(head), high, encoding))
            made.append(pieces)
        return made

    def _ids(self, texts: Iterable[str], limit: int, ending: str = "") -> dict[str, list[int]]:
        """Each different text's ids; texts that many share are tokenized once."""
        return {
            text: self._tokenizer.encode(_readable(text) + ending, add_special_tokens=False).ids[
                :limit
            ]
            for text in dict.fromkeys(texts)
        }

    def _special(self, token: str) -> int:
        known = self._tokenizer.token_to_id(token)
        if known is None:
            raise ValueError(f"{TOKENIZER_FILE} has no token {token}")
        return int(known)


def _starts(length: int, room: int) -> list[int]:
    """Where pieces begin that overlap by half, the last of them at the end."""
    if length <= room:
        return [0]
    return [*range(0, length - room, max(1, room // 2)), length - room]


def _readable(text: str) -> str:
    return encodable(text[:_MOST_CHARS])
