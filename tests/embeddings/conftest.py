"""One compiled default model for all tests of this package."""

from pathlib import Path

import pytest

from embeddings.base import Encoder
from embeddings.compiled import CompiledEncoder
from embeddings.loading import load_encoder
from embeddings.manifest import CompiledModel, compiled_folder, read_compiled
from embeddings.models import DEFAULT_MODEL, ModelSource, find_model
from embeddings.reference import ReferenceEncoder


@pytest.fixture(scope="session")
def default_source(model_cache: Path) -> ModelSource:
    return find_model(DEFAULT_MODEL, model_cache)


@pytest.fixture(scope="session")
def compiled_encoder(model_cache: Path) -> Encoder:
    encoder = load_encoder(DEFAULT_MODEL, kind="compiled", cache_dir=model_cache)
    assert isinstance(encoder, CompiledEncoder)
    return encoder


@pytest.fixture(scope="session")
def reference_encoder(default_source: ModelSource) -> Encoder:
    return ReferenceEncoder(default_source)


@pytest.fixture
def compiled(
    compiled_encoder: Encoder, default_source: ModelSource, model_cache: Path
) -> CompiledModel:
    found = read_compiled(compiled_folder(default_source, model_cache))
    assert found is not None
    return found
