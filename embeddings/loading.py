"""Opens the encoder that the settings ask for, and tells what it would be without opening it.

The compiled encoder is the rule; its first use compiles the model. With "auto", the reference takes
over, with a warning in the log, where OpenVINO is missing or the model cannot be compiled.
"""

import importlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embeddings.base import Encoder
from embeddings.errors import ModelNotFound, ModelUnusable
from embeddings.libraries import import_openvino_runtime
from embeddings.manifest import compiled_folder, read_compiled
from embeddings.models import ModelSource, find_model, model_dimension

logger = logging.getLogger(__name__)

EncoderKind = Literal["auto", "compiled", "reference"]
OnStage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What decides whether stored vectors are still good. Attributes as in `Encoder`."""

    name: str
    fingerprint: str
    dimension: int


def encoder_identity(
    model: str, *, kind: EncoderKind = "auto", cache_dir: Path, device: str = "cpu"
) -> EncoderIdentity:
    """The identity of the encoder that `load_encoder` would give, in milliseconds.

    Only a model that says nowhere how long its vectors are, or that is still on the hub, has to be
    loaded for it.

    Raises:
        ModelNotFound, ModelRejected, ModelUnusable: As `find_model` and `load_encoder` do.
    """
    source = find_model(model, cache_dir)
    if source.folder is not None:
        dimension = model_dimension(source.folder)
        if dimension is None:
            compiled = read_compiled(compiled_folder(source, cache_dir))
            dimension = compiled.dimension if compiled is not None else None
        if dimension is not None:
            return EncoderIdentity(source.name, source.fingerprint, dimension)
    encoder = load_encoder(model, kind=kind, cache_dir=cache_dir, device=device)
    return EncoderIdentity(encoder.name, encoder.fingerprint, encoder.dimension)


def load_encoder(
    model: str,
    *,
    kind: EncoderKind = "auto",
    cache_dir: Path,
    device: str = "cpu",
    for_documents: bool = False,
    on_stage: OnStage | None = None,
) -> Encoder:
    """The encoder for a model, ready to encode.

    Args:
        model: The default model's name, a folder, or a name on the hub.
        kind: "compiled" (OpenVINO), "reference" (sentence-transformers), or "auto": compiled where
            that works.
        cache_dir: Where compiled models and checksums are kept.
        device: Of the reference; the compiled encoder runs on the processor.
        for_documents: Whether documents come first, and questions later or never.
        on_stage: Told of what takes seconds, in words for a person.

    Raises:
        ModelNotFound: There is no such model.
        ModelRejected: The default model's files are not what its authors published.
        ModelUnusable: It cannot be loaded, or compiled where that was asked for.
    """
    source = find_model(model, cache_dir)
    if source.folder is None:
        source = _fetched(source, cache_dir, on_stage)
    if kind == "reference":
        return _reference(source, device, on_stage)
    try:
        return _compiled(source, cache_dir, for_documents, on_stage)
    except ModelUnusable as exc:
        if kind == "compiled":
            raise
        logger.warning("%s Using sentence-transformers, which is slower.", exc.message)
        return _reference(source, device, on_stage)


def import_runtime(kind: EncoderKind) -> None:
    """Imports beforehand what the compiled encoder runs on.

    What is left of loading it is then mostly work outside Python: done in a thread, it leaves the
    interpreter free for others.
    """
    if kind != "reference":
        importlib.import_module("embeddings.compiled")
        with suppress(ModelUnusable):  # said again, in full, when the encoder is loaded
            import_openvino_runtime()


def _compiled(
    source: ModelSource, cache_dir: Path, for_documents: bool, on_stage: OnStage | None
) -> Encoder:
    """Compiles where nothing whole is in the cache, and once more where that cannot be loaded."""
    from embeddings.compiled import CompiledEncoder

    prepared = cache_dir / "openvino"
    folder = compiled_folder(source, cache_dir)
    present = read_compiled(folder)
    if present is not None:
        try:
            return CompiledEncoder(
                present, name=source.name, cache_dir=prepared, for_documents=for_documents
            )
        except ModelUnusable as exc:
            logger.warning("%s It is compiled again.", exc.message)
    from embeddings.compilation import compile_model, remove_compiled

    if present is not None:
        remove_compiled(folder)
    compiled = compile_model(source, cache_dir, on_stage)
    return CompiledEncoder(
        compiled, name=source.name, cache_dir=prepared, for_documents=for_documents
    )


def _reference(source: ModelSource, device: str, on_stage: OnStage | None) -> Encoder:
    from embeddings.reference import ReferenceEncoder

    if on_stage is not None:
        on_stage(f"Loading the model {source.name} with sentence-transformers")
    return ReferenceEncoder(source, device=device)


def _fetched(source: ModelSource, cache_dir: Path, on_stage: OnStage | None) -> ModelSource:
    """The model from the hub, through sentence-transformers, which keeps it in the hub's cache."""
    from embeddings.reference import load_sentence_transformer

    if on_stage is not None:
        on_stage(f"Fetching the model {source.name} from the hub")
    try:
        load_sentence_transformer(source, "cpu")
    except ModelUnusable as exc:
        raise ModelNotFound(
            f"There is no model {source.name!r}: no folder of that name, and the hub did not give "
            "it.",
            hint="Check QUOTH_MODEL and the network, or copy the model here and name its folder.",
        ) from exc
    fetched = find_model(source.name, cache_dir)
    if fetched.folder is None:
        raise ModelNotFound(
            f"The model {source.name!r} was loaded, but is not in the hub's cache folder.",
            hint="Copy the model to a folder and name that folder in QUOTH_MODEL.",
        )
    return fetched
