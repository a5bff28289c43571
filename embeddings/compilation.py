"""Compiles a sentence-transformers model into one that OpenVINO runs, once for each machine.

The result is put in its place only after its vectors were found equal to the reference's on a set
of probe texts, and then in one step: what is in the cache is whole and right. Two processes may
compile at once; the second waits and takes what the first has made.
"""

import importlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from embeddings.base import EncodedDocuments
from embeddings.compiled import CompiledEncoder
from embeddings.errors import ModelUnusable
from embeddings.libraries import import_openvino, silenced
from embeddings.manifest import (
    MODEL_FILE,
    TOKENIZER_FILE,
    CompiledModel,
    Precision,
    compiled_folder,
    read_compiled,
    write_manifest,
)
from embeddings.models import ModelSource
from embeddings.probe import Agreement, agreement, encode_probe
from embeddings.reference import ReferenceEncoder, token_states

logger = logging.getLogger(__name__)

LEAST_COSINE = 0.999
"""Of every probe text: below it, rankings begin to change."""

OnStage = Callable[[str], None]


def compile_model(
    source: ModelSource, cache_dir: Path, on_stage: OnStage | None = None
) -> CompiledModel:
    """The compiled form of a model, made and checked now if it is not in the cache.

    Args:
        source: A model with a folder.
        cache_dir: Where compiled models are kept.
        on_stage: Told what is being done, in words for a person.

    Raises:
        ModelUnusable: It cannot be compiled, its vectors are not the reference's, or the cache
            cannot be written.
    """
    folder = compiled_folder(source, cache_dir)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            present = read_compiled(folder)
            if present is not None:
                return present
            for left_behind in folder.parent.glob(f"{_temporary_prefix(folder)}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            with tempfile.TemporaryDirectory(
                dir=folder.parent, prefix=_temporary_prefix(folder)
            ) as name:
                workplace = Path(name) / "model"
                workplace.mkdir()
                _compile_into(workplace, source, on_stage or (lambda stage: None))
                remove_compiled(folder)
                workplace.replace(folder)
    except OSError as exc:
        raise ModelUnusable(
            f"The compiled model cannot be written to {str(folder)!r}: {exc}.",
            hint="Free some space there, or set QUOTH_CACHE_DIR to a folder that can be written.",
        ) from exc
    compiled = read_compiled(folder)
    if compiled is None:
        raise ModelUnusable(
            f"The compiled model in {str(folder)!r} was damaged while it was written.",
            hint="Try again; if it stays so, check the disk.",
        )
    return compiled


def remove_compiled(folder: Path) -> None:
    """Deletes a compiled model, if there is one, so that no process sees half of it."""
    if not folder.exists():
        return
    grave = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_temporary_prefix(folder)))
    folder.replace(grave / "model")
    shutil.rmtree(grave, ignore_errors=True)


def _temporary_prefix(folder: Path) -> str:
    """What a killed process may leave behind begins with it, and goes at the next compilation."""
    return f".{folder.name}-tmp-"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(folder.with_name(f".{folder.name}.lock")):
        yield


def _compile_into(folder: Path, source: ModelSource, on_stage: OnStage) -> None:
    on_stage(f"Compiling the model {source.name} for this machine (once)")
    reference = ReferenceEncoder(source)
    model = reference.sentence_transformer
    needs_token_types = _needs_token_types(model)
    try:
        # Before the conversion: torch runs much slower once OpenVINO has started its threads.
        expected = encode_probe(reference)
        _convert(model, folder / MODEL_FILE, needs_token_types)
        model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    except Exception as exc:  # tokenizers and safetensors raise no narrower class
        raise ModelUnusable(
            f"The model {source.name!r} cannot be compiled: {exc}",
            hint="Set QUOTH_ENCODER=reference to run it with sentence-transformers.",
        ) from exc
    draft = CompiledModel(
        folder=folder,
        fingerprint=source.fingerprint,
        dimension=reference.dimension,
        max_tokens=reference.max_tokens,
        pad_id=int(model.tokenizer.pad_token_id or 0),
        needs_token_types=needs_token_types,
        query_prompt=reference.prompts[0],
        document_prompt=reference.prompts[1],
        precision="f32",
        least_cosine=0.0,
        least_span_cosine=0.0,
        sizes={},
    )
    on_stage(f"Checking the compiled model {source.name} against the original")
    write_manifest(_checked(draft, reference.name, expected))


def _checked(draft: CompiledModel, name: str, expected: EncodedDocuments) -> CompiledModel:
    """The draft in the fastest precision whose vectors are the expected ones."""
    measured: dict[Precision, Agreement] = {}
    for precision in _precisions():
        candidate = replace(draft, precision=precision)
        found = agreement(encode_probe(CompiledEncoder(candidate, name=name)), expected)
        measured[precision] = found
        if found.least_cosine >= LEAST_COSINE:
            return replace(
                candidate,
                least_cosine=found.least_cosine,
                least_span_cosine=found.least_span_cosine,
            )
        logger.warning(
            "%s in %s agrees with the reference only to %.5f",
            name,
            precision,
            found.least_cosine,
        )
    raise ModelUnusable(
        f"The compiled model {name!r} gives other vectors than the original: "
        f"{ {key: round(value.least_cosine, 5) for key, value in measured.items()} } where "
        f"{LEAST_COSINE} is needed.",
        hint="Set QUOTH_ENCODER=reference to run it with sentence-transformers.",
    )


def _precisions() -> tuple[Precision, ...]:
    capabilities = import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("bf16", "f32") if "BF16" in capabilities else ("f32",)


def _needs_token_types(model: Any) -> bool:
    """Whether the tokenizer gives types other than 0, which a model takes for granted."""
    types = model.preprocess(["probe"]).get("token_type_ids")
    return types is not None and bool(types.any())


def _convert(model: Any, target: Path, needs_token_types: bool) -> None:
    """Writes the model as a graph: token ids in, text vectors and token states out, fp16 weights.

    Raises:
        ValueError: Its pooling cannot be part of one graph.
    """
    openvino = import_openvino()
    torch = importlib.import_module("torch")
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if needs_token_types else [])]
    if any(getattr(module, "include_prompt", True) is False for module in model):
        raise ValueError("its pooling leaves the prompt out")

    class Graph(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> tuple[Any, Any]:
            features = self.model(dict(zip(names, inputs, strict=True)))
            states = token_states(self.model, features)
            if states is None:
                raise ValueError("it has no token states")
            return features["sentence_embedding"], states

    any_size = openvino.PartialShape([-1, -1])
    with silenced(), torch.inference_mode():
        graph = openvino.convert_model(
            Graph(),
            example_input=tuple(torch.ones((2, 16), dtype=torch.long) for _ in names),
            input=[(any_size, openvino.Type.i64) for _ in names],
        )
        openvino.save_model(graph, str(target), compress_to_fp16=True)
