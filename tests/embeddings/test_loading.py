import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.base import Encoder
from embeddings.compiled import CompiledEncoder
from embeddings.errors import ModelNotFound, ModelUnusable
from embeddings.loading import encoder_identity, load_encoder
from embeddings.manifest import MANIFEST_FILE, WEIGHTS_FILE, compiled_folder, read_compiled
from embeddings.models import DEFAULT_MODEL, ModelSource
from embeddings.reference import ReferenceEncoder


@pytest.fixture
def copied_cache(
    compiled_encoder: Encoder, default_source: ModelSource, model_cache: Path, tmp_path: Path
) -> Path:
    """A cache of the test's own with the compiled model in it."""
    folder = compiled_folder(default_source, model_cache)
    shutil.copytree(folder, compiled_folder(default_source, tmp_path))
    return tmp_path


def test_the_identity_is_the_encoders(compiled_encoder: Encoder, model_cache: Path) -> None:
    identity = encoder_identity(DEFAULT_MODEL, cache_dir=model_cache)

    assert identity.name == compiled_encoder.name
    assert identity.fingerprint == compiled_encoder.fingerprint
    assert identity.dimension == compiled_encoder.dimension


def test_the_identity_is_told_without_loading_anything(model_cache: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from embeddings.loading import encoder_identity;"
        "encoder_identity(sys.argv[1], cache_dir=Path(sys.argv[2]));"
        "heavy = ('torch', 'transformers', 'openvino', 'tokenizers', 'huggingface_hub', 'faiss');"
        "print([name for name in heavy if name in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", program, DEFAULT_MODEL, str(model_cache)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "[]"


def test_a_compiled_model_is_loaded_without_a_word(copied_cache: Path) -> None:
    said: list[str] = []

    encoder = load_encoder(DEFAULT_MODEL, cache_dir=copied_cache, on_stage=said.append)

    assert isinstance(encoder, CompiledEncoder)
    assert said == []


def test_a_compiled_model_with_a_file_cut_short_is_not_taken_for_whole(
    copied_cache: Path, default_source: ModelSource
) -> None:
    weights = compiled_folder(default_source, copied_cache) / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:1000])

    assert read_compiled(weights.parent) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_compiled_model_with_a_damaged_manifest_is_not_taken_for_whole(
    copied_cache: Path, default_source: ModelSource, content: str
) -> None:
    folder = compiled_folder(default_source, copied_cache)
    (folder / MANIFEST_FILE).write_text(content, encoding="utf-8")

    assert read_compiled(folder) is None


def test_a_damaged_compiled_model_is_compiled_again(
    copied_cache: Path, default_source: ModelSource, caplog: pytest.LogCaptureFixture
) -> None:
    folder = compiled_folder(default_source, copied_cache)
    model = folder / "model.xml"
    model.write_bytes(b"x" * model.stat().st_size)
    (folder.parent / f".{folder.name}-tmp-killed").mkdir()
    said: list[str] = []

    encoder = load_encoder(
        DEFAULT_MODEL, kind="compiled", cache_dir=copied_cache, on_stage=said.append
    )

    assert encoder.encode_query("x").shape == (384,)
    assert [stage.split()[0] for stage in said] == ["Compiling", "Checking"]
    assert "compiled again" in caplog.text
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        f".{folder.name}.lock",
        folder.name,
    ]


def test_the_reference_is_loaded_when_asked_for(model_cache: Path) -> None:
    said: list[str] = []

    encoder = load_encoder(
        DEFAULT_MODEL, kind="reference", cache_dir=model_cache, on_stage=said.append
    )

    assert isinstance(encoder, ReferenceEncoder)
    assert len(said) == 1


def test_auto_falls_back_to_the_reference_where_nothing_can_be_compiled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "models").write_text("in the way", encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        encoder = load_encoder(DEFAULT_MODEL, cache_dir=tmp_path)

    assert isinstance(encoder, ReferenceEncoder)
    assert "cannot be written" in caplog.text


def test_compiled_does_not_fall_back(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way", encoding="utf-8")

    with pytest.raises(ModelUnusable, match="cannot be written"):
        load_encoder(DEFAULT_MODEL, kind="compiled", cache_dir=tmp_path)


def test_a_model_that_is_nowhere_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        load_encoder("./nowhere", cache_dir=tmp_path)
