"""The fast encoder: a model compiled by `embeddings.compilation`, run by OpenVINO.

Needs OpenVINO, tokenizers and NumPy alone: torch and transformers are never imported, so that a
process answers its first question within half a second. What it runs was checked against the
reference when it was compiled.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.base import CharSpan, EncodedDocuments, FloatArray, OnEncoded
from embeddings.batching import Batch, batches
from embeddings.errors import ModelUnusable
from embeddings.libraries import import_openvino_runtime
from embeddings.manifest import MODEL_FILE, TOKENIZER_FILE, CompiledModel
from embeddings.spans import span_vectors, unit
from embeddings.texts import encodable, shifted

TOKEN_BUDGET = 1024
LENGTH_MULTIPLE = 16
QUERY_MULTIPLE = 32
"""Nearly all questions get the same length: the runtime prepares anew for each change of shape,
which takes a millisecond, while sixteen more tokens take a fifth of one."""
_WINDOW_TEXTS = 4096
"""Tokenized at once: enough to sort well, few enough to hold."""


class CompiledEncoder:
    """A compiled model behind the contract. Safe to use from several threads.

    Threads take turns batch by batch, so a query waits for one batch of an ingest, not for all.
    """

    def __init__(
        self,
        compiled: CompiledModel,
        *,
        name: str,
        cache_dir: Path | None = None,
        token_budget: int = TOKEN_BUDGET,
        length_multiple: int = LENGTH_MULTIPLE,
    ) -> None:
        """Loads a compiled model.

        Args:
            compiled: What `read_compiled` or `compile_model` gave.
            name: The model's name, as the settings give it.
            cache_dir: Where OpenVINO keeps what it prepared for this processor, so that the next
                process loads in a tenth of the time; None keeps nothing.
            token_budget: Most padded tokens in a batch.
            length_multiple: Batches are padded to a multiple of this many tokens.

        Raises:
            ModelUnusable: OpenVINO is missing, or its files are damaged.
        """
        self._name = name
        self._compiled = compiled
        self._budget = token_budget
        self._multiple = length_multiple
        self._lock = threading.Lock()
        self._cache_dir = cache_dir
        try:
            self._runtime = import_openvino_runtime()
            self._request = self._new_request()
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
        with self._lock:
            batch = Batch((0,), self._padded_alone(encoding))
            vectors, _ = self._infer([encoding], batch)
        vector: FloatArray = vectors[0]
        return vector

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
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
    def _counting_tokenizer(self) -> Any:
        """A second tokenizer, for truncation is a state of the first."""
        return _tokenizer(self._compiled.folder / TOKENIZER_FILE, None)

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
        for batch in batches(
            [len(encoding) for encoding in encodings],
            token_budget=self._budget,
            multiple=self._multiple,
            longest=self.max_tokens,
        ):
            with self._lock:
                text_vectors, states = self._infer(
                    [encodings[position] for position in batch.positions], batch
                )
                for row, position in enumerate(batch.positions):
                    vectors[position] = text_vectors[row]
                    if spans is not None and spans[position]:
                        found[first + position] = span_vectors(
                            states[row],
                            encodings[position].offsets,
                            shifted(spans[position], len(prompt)),
                            text_vectors[row],
                        )
            if on_encoded is not None:
                on_encoded(len(batch.positions))

    def _new_request(self) -> Any:
        core = self._runtime.Core()
        capable = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        wanted = self._compiled.precision == "bf16" and capable
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "bf16" if wanted else "f32",
        }
        if self._cache_dir is not None:
            settings["CACHE_DIR"] = str(self._cache_dir)
        model = core.compile_model(str(self._compiled.folder / MODEL_FILE), "CPU", settings)
        return model.create_infer_request()

    def _infer(
        self, encodings: Sequence[Any], batch: Batch
    ) -> tuple[FloatArray, npt.NDArray[np.floating]]:
        """Unit vectors (texts, dimension) and token states (texts, length, dimension).

        The states are the runtime's own memory: valid until the next call.
        """
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
        inputs = [ids, mask, types] if self._compiled.needs_token_types else [ids, mask]
        tensor = self._runtime.Tensor
        tensors = {place: tensor(each, shared_memory=True) for place, each in enumerate(inputs)}
        self._request.start_async(tensors, None)
        self._request.wait()
        vectors, states = (self._request.get_output_tensor(place).data for place in (0, 1))
        return unit(np.array(vectors, dtype=np.float32)), states

    def _padded_alone(self, encoding: Any) -> int:
        rounded = -(-len(encoding) // QUERY_MULTIPLE) * QUERY_MULTIPLE
        return min(rounded, self.max_tokens)


def _tokenizer(file: Path, max_tokens: int | None) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    if max_tokens is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer
