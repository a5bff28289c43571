"""The reference encoder: sentence-transformers as it is, for any of its models on any device.

Slow to start and slower to run than the compiled encoder, which is checked against it. The vectors
of the two may be mixed, so they share their fingerprint.
"""

import importlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.base import CharSpan, EncodedDocuments, FloatArray, OnEncoded
from embeddings.batching import batches
from embeddings.errors import ModelUnusable
from embeddings.libraries import import_sentence_transformers, silenced
from embeddings.models import ModelSource
from embeddings.spans import span_vectors, unit
from embeddings.texts import encodable, shifted

_TOKEN_BUDGET = 8192
_LENGTH_MULTIPLE = 1
_NO_LIMIT = 10**9
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")


@dataclass(frozen=True, slots=True)
class _EncodedBatch:
    """Unit vectors (texts, dimension), and each text's token states (tokens, dimension)."""

    vectors: FloatArray
    states: list[FloatArray]


class ReferenceEncoder:
    """sentence-transformers behind the contract. One text batch at a time, whatever the thread."""

    def __init__(self, source: ModelSource, *, device: str = "cpu") -> None:
        """Loads the model; a name of the hub is fetched through the hub's own library.

        Raises:
            ModelUnusable: It cannot be loaded, or not on that device.
        """
        self._source = source
        self._lock = threading.Lock()
        self._model: Any = load_sentence_transformer(source, device)
        self._prompts = prompts_of(self._model)
        self._dimension = int(self._encode([""], self._prompts[1]).vectors.shape[1])

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def fingerprint(self) -> str:
        return self._source.fingerprint

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        limit = self._model.max_seq_length
        return int(limit) if limit else _NO_LIMIT

    @property
    def tokenizer_file(self) -> Path | None:
        folder = self._source.folder
        file = folder / "tokenizer.json" if folder is not None else None
        return file if file is not None and file.is_file() else None

    @property
    def sentence_transformer(self) -> Any:
        """The model itself, for compiling it."""
        return self._model

    @property
    def prompts(self) -> tuple[str, str]:
        """What is put in front of a query, and in front of a document."""
        return self._prompts

    def encode_query(self, query: str) -> FloatArray:
        vector: FloatArray = self.encode_queries([query])[0]
        return vector

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        if not queries:
            return np.empty((0, self._dimension), dtype=np.float32)
        texts = [encodable(query) for query in queries]
        return self._encode(texts, self._prompts[0], "query").vectors

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        prompt = self._prompts[1]
        prompted = [prompt + encodable(text) for text in texts]
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        empty = np.empty((0, self._dimension), dtype=np.float32)
        found = [empty] * len(texts)
        limits = {"token_budget": _TOKEN_BUDGET, "multiple": _LENGTH_MULTIPLE, "longest": _NO_LIMIT}
        # Characters stand in for tokens, about four to one: exact lengths are not worth a pass.
        for batch in batches([len(text) // 4 + 1 for text in prompted], **limits):
            chosen = list(batch.positions)
            encoded = self._encode([encodable(texts[position]) for position in chosen], prompt)
            vectors[chosen] = encoded.vectors
            for row, position in enumerate(chosen):
                if spans is not None and spans[position]:
                    found[position] = span_vectors(
                        encoded.states[row],
                        self._offsets(prompted[position], len(encoded.states[row])),
                        shifted(spans[position], len(prompt)),
                        encoded.vectors[row],
                    )
            if on_encoded is not None:
                on_encoded(len(chosen))
        return EncodedDocuments(vectors, tuple(found))

    def count_tokens(self, text: str) -> int:
        tokens = self._model.tokenizer(
            encodable(text), add_special_tokens=False, truncation=False, verbose=False
        )
        return len(tokens["input_ids"])

    def _encode(self, texts: list[str], prompt: str, task: str = "document") -> _EncodedBatch:
        torch = importlib.import_module("torch")
        with self._lock, torch.inference_mode():
            features = self._model.preprocess(texts, prompt=prompt or None, task=task)
            features = {
                key: value.to(self._model.device) if hasattr(value, "to") else value
                for key, value in features.items()
            }
            out: dict[str, Any] = self._model(features, task=task)
            vectors = unit(out["sentence_embedding"].float().cpu().numpy())
            states = token_states(self._model, out)
            if states is None:
                return _EncodedBatch(
                    vectors, [np.empty((0, vectors.shape[1]), np.float32)] * len(texts)
                )
            rows = zip(states.float().cpu(), out["attention_mask"].bool().cpu(), strict=True)
            return _EncodedBatch(vectors, [row[kept].numpy() for row, kept in rows])

    def _offsets(self, text: str, tokens: int) -> list[CharSpan]:
        """Characters of each token; none where the model has cut the text into others."""
        limit = self._model.max_seq_length
        encoding = self._model.tokenizer(
            text, truncation=limit is not None, max_length=limit, return_offsets_mapping=True
        )
        offsets: list[CharSpan] = encoding["offset_mapping"]
        return offsets if len(offsets) == tokens else []


def load_sentence_transformer(source: ModelSource, device: str) -> Any:
    """The SentenceTransformer of a source, ready to run.

    Raises:
        ModelUnusable: It cannot be loaded, or not on that device.
    """
    library = import_sentence_transformers(offline=source.folder is not None)
    try:
        with silenced():
            model = library.SentenceTransformer(
                str(source.folder or source.name), device=device, trust_remote_code=False
            )
            return model.eval()
    except Exception as exc:  # tokenizers and safetensors raise no narrower class
        raise ModelUnusable(
            f"The model {source.name!r} cannot be loaded on the device {device!r}: {exc}",
            hint="Check that QUOTH_MODEL names a sentence-transformers model and that QUOTH_DEVICE "
            "is a device of this machine, as `cpu`.",
        ) from exc


def prompts_of(model: Any) -> tuple[str, str]:
    """What the model wants put in front of a query, and in front of a document."""
    prompts = dict(model.prompts)
    default = prompts.get(model.default_prompt_name) or ""
    names = [name for name in _DOCUMENT_PROMPTS if name in prompts]
    query = prompts.get("query", default)
    document = prompts[names[0]] if names else default
    return query or "", document or ""


def token_states(model: Any, features: dict[str, Any]) -> Any | None:
    """Token states (texts, tokens, dimension) in the space of the text vectors; None without any.

    What follows the pooling, as a dense layer, is applied to each token too, so that the mean of
    some tokens can be compared with the mean of all.
    """
    states = features.get("token_embeddings")
    if states is None or "attention_mask" not in features:
        return None
    modules = list(model)
    kinds = [type(module).__name__ for module in modules]
    if "Pooling" not in kinds:
        return None
    for module, kind in zip(modules, kinds, strict=True):
        if kind in ("Dense", "LayerNorm") and modules.index(module) > kinds.index("Pooling"):
            states = module({"sentence_embedding": states})["sentence_embedding"]
    if states.shape[-1] != features["sentence_embedding"].shape[-1]:
        return None
    return states
