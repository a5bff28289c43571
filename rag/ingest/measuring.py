"""Measures text in an encoder's own tokens, many sentences at once, and cuts what is too long.

Each sentence is tokenised once. `semantic-text-splitter`, which counts a text again and again to
find its cuts, is left the rare sentence that is over the limit by itself: over whole documents it
takes four times as long.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from semantic_text_splitter import TextSplitter
    from tokenizers import Tokenizer

# Some tokenizers make one token of a word, however long: text beyond this many characters a token
# weighs more than they say.
_MAX_CHARS_PER_TOKEN = 10
_BATCH = 2048


class TokenCounting(Protocol):
    """The part of an encoder that is needed here; see `embeddings.base.Encoder`."""

    @property
    def tokenizer_file(self) -> Path | None: ...

    def count_tokens(self, text: str) -> int: ...


class TokenMeasure:
    """Weighs and cuts texts; loads the tokenizer with the first of them."""

    def __init__(self, encoder: TokenCounting, max_tokens: int) -> None:
        self._encoder = encoder
        self._max_tokens = max_tokens

    def weights(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text; at least 1, and at least a tenth of its characters."""
        return [
            max(1, tokens, len(text) // _MAX_CHARS_PER_TOKEN)
            for text, tokens in zip(texts, self._counts(texts), strict=True)
        ]

    def cuts(self, text: str) -> list[int]:
        """Offsets at which the pieces of a text begin that are within the limit, 0 first."""
        return sorted({0, *(offset for offset, _ in self._splitter.chunk_indices(text))})

    def _counts(self, texts: Sequence[str]) -> Iterator[int]:
        if self._tokenizer is None:
            yield from map(self._encoder.count_tokens, texts)
            return
        for first in range(0, len(texts), _BATCH):
            batch = list(texts[first : first + _BATCH])
            encodings = self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            yield from map(len, encodings)

    @cached_property
    def _tokenizer(self) -> "Tokenizer | None":
        if self._encoder.tokenizer_file is None:
            return None
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._encoder.tokenizer_file))
        # Files of sentence-transformers ask for both, and every count would end at the limit.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _splitter(self) -> "TextSplitter":
        from semantic_text_splitter import TextSplitter

        if self._tokenizer is not None:
            return TextSplitter.from_huggingface_tokenizer(self._tokenizer, self._max_tokens)
        count: Callable[[str], int] = self._encoder.count_tokens
        return TextSplitter.from_callback(count, self._max_tokens)
