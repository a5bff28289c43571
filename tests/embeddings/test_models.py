import json
import shutil
from pathlib import Path

import pytest

from embeddings.errors import ModelNotFound, ModelRejected
from embeddings.hashes import FileHashes
from embeddings.models import (
    DEFAULT_MODEL,
    DEFAULT_MODEL_SHA256,
    ModelSource,
    find_model,
    hub_snapshot,
    model_dimension,
    verify_default,
)


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "some-model"
    write_json(
        folder / "modules.json",
        [
            {"idx": 0, "path": ""},
            {"idx": 1, "path": "1_Pooling"},
            {"idx": 2, "path": "2_Normalize"},
        ],
    )
    write_json(folder / "config.json", {"hidden_size": 48})
    write_json(
        folder / "1_Pooling" / "config.json",
        {
            "word_embedding_dimension": 48,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
        },
    )
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_the_default_model_is_found_installed_and_known(default_source: ModelSource) -> None:
    assert default_source.known
    assert default_source.folder is not None
    assert model_dimension(default_source.folder) == 384


def test_a_copy_of_a_model_has_its_fingerprint(default_source: ModelSource, tmp_path: Path) -> None:
    assert default_source.folder is not None
    copy = shutil.copytree(default_source.folder, tmp_path / "copy")

    assert find_model(str(copy), tmp_path).fingerprint == default_source.fingerprint


def test_the_default_model_with_other_weights_is_refused_with_both_checksums(
    tmp_path: Path,
) -> None:
    for file in DEFAULT_MODEL_SHA256:
        (tmp_path / file).write_bytes(b"forged")

    with pytest.raises(ModelRejected) as refused:
        verify_default(tmp_path, FileHashes(tmp_path / "checksums.json"))

    assert DEFAULT_MODEL_SHA256["model.safetensors"] in refused.value.message
    assert "sha256 is ccdd3516" in refused.value.message
    assert "pip install" in refused.value.hint


def test_a_folder_is_a_model_of_its_own(folder: Path, tmp_path: Path) -> None:
    source = find_model(str(folder), tmp_path)

    assert (source.folder, source.known) == (folder.resolve(), False)
    assert len(source.fingerprint) == 64


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "1_Pooling/config.json"])
def test_a_change_of_weights_or_configuration_changes_the_fingerprint(
    folder: Path, tmp_path: Path, file: str
) -> None:
    before = find_model(str(folder), tmp_path).fingerprint
    (folder / file).write_bytes((folder / file).read_bytes() + b" ")

    assert find_model(str(folder), tmp_path).fingerprint != before


def test_other_files_do_not_change_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    before = find_model(str(folder), tmp_path).fingerprint
    (folder / "README.md").write_text("About it", encoding="utf-8")

    assert find_model(str(folder), tmp_path).fingerprint == before


@pytest.mark.parametrize("name", ["", "  ", "./missing", "/missing/model", "~/missing-model"])
def test_a_path_that_leads_nowhere_is_no_model(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound) as missing:
        find_model(name, tmp_path)

    assert repr(name) in missing.value.message
    assert DEFAULT_MODEL in missing.value.hint


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"no modules\.json"):
        find_model(str(tmp_path), tmp_path)


def test_a_name_that_the_hub_cannot_have_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="cannot be a name on the hub"):
        find_model("three/part/name", tmp_path)


def test_a_name_that_is_on_no_disk_is_left_to_the_hub(tmp_path: Path) -> None:
    source = find_model("nobody/nothing-of-this-name", tmp_path)

    assert source == ModelSource("nobody/nothing-of-this-name", None, "", known=False)


def test_a_model_that_the_hub_library_has_kept_is_found_there(tmp_path: Path) -> None:
    kept = tmp_path / "models--owner--model"
    write_json(kept / "snapshots" / "abc" / "modules.json", [])
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc", encoding="utf-8")

    assert hub_snapshot("owner/other", tmp_path) is None
    assert hub_snapshot("owner/model", tmp_path) == kept / "snapshots" / "abc"


def test_two_poolings_side_by_side_double_the_dimension(folder: Path) -> None:
    write_json(
        folder / "1_Pooling" / "config.json",
        {"embedding_dimension": 48, "pooling_mode": ["cls", "mean"]},
    )

    assert model_dimension(folder) == 96


def test_a_dense_layer_has_the_last_word_on_the_dimension(folder: Path) -> None:
    write_json(folder / "modules.json", [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}])
    write_json(folder / "2_Dense" / "config.json", {"in_features": 48, "out_features": 12})

    assert model_dimension(folder) == 12


def test_a_model_that_does_not_say_its_dimension_has_none(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {})

    assert model_dimension(tmp_path) is None
