"""The fast encoder: a model compiled by `embeddings.compilation`, run by OpenVINO.

Needs OpenVINO, tokenizers and NumPy alone: torch and transformers are never imported, so that a
process answers its first question within half a second. What it runs was checked against the
reference when it was compiled.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.base import CharSpan, EncodedDocuments, FloatArray, OnEncoded
from embeddings.batching import Batch, batches, padded
from embeddings.errors import ModelUnusable
from embeddings.inference import InferencePool, Outputs, cores
from embeddings.libraries import import_openvino_runtime
from embeddings.manifest import MODEL_FILE, TOKENIZER_FILE, CompiledModel
from embeddings.spans import span_vectors, unit
from embeddings.texts import encodable, shifted

TOKEN_BUDGET = 2048
LENGTH_MULTIPLE = 16
QUERY_MULTIPLE = 32
"""Nearly all questions get the same length: the runtime prepares anew for each change of shape,
which takes a millisecond, while sixteen more tokens take a fifth of one."""
MOST_STREAMS = 8
FEW_TEXTS = 4
"""So many texts go the way of a question."""
_WINDOW_TEXTS = 4096
"""Tokenized at once: enough to sort well, few enough to hold."""


class CompiledEncoder:
    """A compiled model behind the contract. Safe to use from several threads.

    Questions take turns with each other, and do not wait for documents.
    """

    def __init__(
        self,
        compiled: CompiledModel,
        *,
        name: str,
        cache_dir: Path | None = None,
        for_documents: bool = False,
        token_budget: int = TOKEN_BUDGET,
        length_multiple: int = LENGTH_MULTIPLE,
    ) -> None:
        """Loads a compiled model.

        Args:
            compiled: What `read_compiled` or `compile_model` gave.
            name: The model's name, as the settings give it.
            cache_dir: Where OpenVINO keeps what it prepared for this processor, so that the next
                process loads in a tenth of the time; None keeps nothing.
            for_documents: Whether documents come first; what the other kind of text needs is loaded
                with the first of it.
            token_budget: Most padded tokens in a batch.
            length_multiple: Batches are padded to a multiple of this many tokens.

        Raises:
            ModelUnusable: OpenVINO is missing, or its files are damaged.
        """
        self._name = name
        self._compiled = compiled
        self._budget = token_budget
        self._multiple = length_multiple
        self._cache_dir = cache_dir
        try:
            self._runtime = import_openvino_runtime()
            _ = self._documents if for_documents else self._queries
            self._tokenizer = _tokenizer(compiled.folder / TOKENIZER_FILE, compiled.max_tokens)
        except Exception as exc:  # tokenizers and safetensors raise no narrower class
            raise ModelUnusable(
                f"The compiled model {str(compiled.folder)!r} cannot be loaded: {exc}.",
                hint="Delete that folder; it is made again at the next start.",
            ) from exc

    @property
    def name(self) -> str:
        return self._name

    @property
    def fingerprint(self) -> str:
        return self._compiled.fingerprint

    @property
    def dimension(self) -> int:
        return self._compiled.dimension

    @property
    def max_tokens(self) -> int:
        return self._compiled.max_tokens

    @property
    def tokenizer_file(self) -> Path | None:
        return self._compiled.folder / TOKENIZER_FILE

    def encode_query(self, query: str) -> FloatArray:
        encoding = self._tokenizer.encode(self._compiled.query_prompt + encodable(query))
        batch = Batch((0,), self._padded_alone(encoding))
        with self._infer(self._queries, [encoding], batch) as (vectors, _):
            vector: FloatArray = unit(np.array(vectors, dtype=np.float32))[0]
        return vector

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        if len(queries) == 1:
            return self.encode_query(queries[0])[None]
        prompt = self._compiled.query_prompt
        # Many are asking: one core for the model leaves the others to what is done in Python.
        return self._encode_together(
            [prompt + encodable(query) for query in queries], self._documents
        )

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        if len(texts) <= FEW_TEXTS and spans is None:
            return self._encode_few(texts, on_encoded)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        found = [np.empty((0, self.dimension), dtype=np.float32)] * len(texts)
        for start in range(0, len(texts), _WINDOW_TEXTS):
            window = slice(start, start + _WINDOW_TEXTS)
            self._encode_window(
                texts[window],
                spans[window] if spans is not None else None,
                on_encoded,
                vectors[window],
                found,
                start,
            )
        return EncodedDocuments(vectors, tuple(found))

    def count_tokens(self, text: str) -> int:
        encoding = self._counting_tokenizer.encode(encodable(text), add_special_tokens=False)
        return len(encoding)

    @cached_property
    def _queries(self) -> InferencePool:
        """Loaded when there are questions: an ingest never needs it."""
        return self._pool(streams=1)

    @cached_property
    def _documents(self) -> InferencePool:
        """Loaded when there are documents: answering a question never needs it."""
        return self._pool(streams=min(cores(), MOST_STREAMS))

    @cached_property
    def _counting_tokenizer(self) -> Any:
        """A second tokenizer, for truncation is a state of the first."""
        return _tokenizer(self._compiled.folder / TOKENIZER_FILE, None)

    def _pool(self, *, streams: int) -> InferencePool:
        return InferencePool(
            self._runtime,
            self._compiled.folder / MODEL_FILE,
            self._cache_dir,
            streams=streams,
            bf16=self._compiled.precision == "bf16",
        )

    def _infer(
        self, pool: InferencePool, encodings: Sequence[Any], batch: Batch
    ) -> AbstractContextManager[Outputs]:
        """Vectors (texts, dimension) and token states (texts, length, dimension) of a batch."""
        shape = (len(encodings), batch.length)
        ids = np.full(shape, self._compiled.pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        types = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            length = len(encoding)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
            if self._compiled.needs_token_types:
                types[row, :length] = encoding.type_ids
        inputs: dict[int | str, npt.NDArray[np.int64]] = {0: ids, 1: mask}
        return pool.run(inputs | {2: types} if self._compiled.needs_token_types else inputs)

    def _encode_window(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None,
        on_encoded: OnEncoded | None,
        vectors: FloatArray,
        found: list[FloatArray],
        first: int,
    ) -> None:
        """Fills the window's rows of the vectors, and the entries of `found` from `first` on."""
        prompt = self._compiled.document_prompt
        encodings = self._tokenizer.encode_batch([prompt + encodable(text) for text in texts])
        planned = batches(
            [len(encoding) for encoding in encodings],
            token_budget=self._budget,
            multiple=self._multiple,
            longest=self.max_tokens,
        )

        def encode(batch: Batch) -> int:
            chosen = [encodings[position] for position in batch.positions]
            with self._infer(self._documents, chosen, batch) as (raw_vectors, states):
                units = unit(np.array(raw_vectors, dtype=np.float32))
                for row, position in enumerate(batch.positions):
                    vectors[position] = units[row]
                    if spans is not None and spans[position]:
                        found[first + position] = span_vectors(
                            states[row],
                            encodings[position].offsets,
                            shifted(spans[position], len(prompt)),
                            units[row],
                        )
            return len(batch.positions)

        executor = ThreadPoolExecutor(self._documents.streams, "encode")
        try:
            for done in executor.map(encode, planned):
                if on_encoded is not None:
                    on_encoded(done)
        finally:
            executor.shutdown(cancel_futures=True)

    def _encode_few(self, texts: Sequence[str], on_encoded: OnEncoded | None) -> EncodedDocuments:
        """The way of questions: nothing has to be loaded, and nobody waits for an ingest."""
        prompt = self._compiled.document_prompt
        vectors = self._encode_together([prompt + encodable(text) for text in texts], self._queries)
        if on_encoded is not None and texts:
            on_encoded(len(texts))
        return EncodedDocuments(vectors, tuple(vectors[:0] for _ in texts))

    def _encode_together(self, texts: Sequence[str], pool: InferencePool) -> FloatArray:
        """One run for each length; shape (texts, dimension)."""
        encodings = [self._tokenizer.encode(text) for text in texts]
        groups: dict[int, list[int]] = {}
        for position, encoding in enumerate(encodings):
            length = padded(len(encoding), self._multiple)
            groups.setdefault(min(length, self.max_tokens), []).append(position)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for length, positions in groups.items():
            chosen = [encodings[position] for position in positions]
            with self._infer(pool, chosen, Batch(tuple(positions), length)) as (found, _):
                vectors[positions] = unit(np.array(found, dtype=np.float32))
        return vectors

    def _padded_alone(self, encoding: Any) -> int:
        return min(padded(len(encoding), QUERY_MULTIPLE), self.max_tokens)


def _tokenizer(file: Path, max_tokens: int | None) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    if max_tokens is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer
