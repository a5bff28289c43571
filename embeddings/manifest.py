"""What is known of a compiled model without loading it: its manifest, beside the model's files.

A compiled model is a folder, written whole and moved into its place in one step. Its name holds
everything that it depends on, so that a new version of a library compiles anew.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from embeddings.models import ModelSource

Precision = Literal["bf16", "f32"]

FORMAT = 1
MODEL_FILE = "model.xml"
WEIGHTS_FILE = "model.bin"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
_FILES = (MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE)


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """A compiled model on disk.

    Attributes:
        folder: Where it lies.
        fingerprint: The source's, as their vectors may be mixed.
        dimension: Length of its vectors.
        max_tokens: Special tokens included.
        pad_id: The token that fills a batch up.
        needs_token_types: Whether it takes token types as a third input.
        query_prompt: Put in front of every query.
        document_prompt: Put in front of every document.
        precision: Of the calculation; the weights are kept in fp16.
        least_cosine: Of a text's vector to the reference's, over the probe texts.
        least_span_cosine: The same of spans' vectors.
        sizes: Bytes of each file.
    """

    folder: Path
    fingerprint: str
    dimension: int
    max_tokens: int
    pad_id: int
    needs_token_types: bool
    query_prompt: str
    document_prompt: str
    precision: Precision
    least_cosine: float
    least_span_cosine: float
    sizes: dict[str, int]


def compiled_folder(source: ModelSource, cache_dir: Path) -> Path:
    """Where the compiled form of a model belongs, with the libraries that are installed."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", Path(source.name).name).strip("-")[:40] or "model"
    parts = [name, source.fingerprint[:16], f"openvino-{_version('openvino')}"]
    parts += [f"st-{_version('sentence-transformers')}", f"v{FORMAT}"]
    return cache_dir / "models" / "-".join(parts)


def read_compiled(folder: Path) -> CompiledModel | None:
    """The compiled model in a folder; None where it is not there whole."""
    try:
        content = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        compiled = CompiledModel(folder=folder, **content)
    except (OSError, ValueError, TypeError):
        return None
    return compiled if compiled.sizes == _sizes(folder) else None


def write_manifest(compiled: CompiledModel) -> CompiledModel:
    """Completes a folder; returns the model with the sizes of its files."""
    complete = replace(compiled, sizes=_sizes(compiled.folder))
    content = asdict(complete)
    del content["folder"]
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (compiled.folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
    return complete


def _sizes(folder: Path) -> dict[str, int]:
    return {file: (folder / file).stat().st_size for file in _FILES if (folder / file).is_file()}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"
