from pathlib import Path

import numpy as np
import pytest

from embeddings.base import Encoder
from embeddings.errors import ModelUnusable
from embeddings.models import ModelSource, find_model
from embeddings.reference import ReferenceEncoder
from tests.embeddings.encoder_contract import TEXTS, EncoderContract


class TestReferenceEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self, reference_encoder: Encoder) -> Encoder:
        return reference_encoder


def test_its_vectors_are_those_of_sentence_transformers(
    reference_encoder: ReferenceEncoder,
) -> None:
    expected = reference_encoder.sentence_transformer.encode(TEXTS)

    found = reference_encoder.encode_documents(TEXTS).vectors

    assert np.einsum("nd,nd->n", expected, found).min() > 0.99999


def test_a_span_over_the_whole_text_is_near_the_texts_vector(reference_encoder: Encoder) -> None:
    encoded = reference_encoder.encode_documents(TEXTS, [[(0, len(text))] for text in TEXTS])

    for text, spans, vector in zip(TEXTS, encoded.span_vectors, encoded.vectors, strict=True):
        assert spans[0] @ vector > (0.9 if len(text) > 1 else 0.6)


def test_a_model_with_damaged_weights_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"damaged")

    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        ReferenceEncoder(find_model(str(tmp_path), tmp_path / "cache"))


def test_a_device_that_is_not_there_is_one_sentence(default_source: ModelSource) -> None:
    with pytest.raises(ModelUnusable) as refused:
        ReferenceEncoder(default_source, device="no-such-device")

    assert "'no-such-device'" in refused.value.message
    assert "QUOTH_DEVICE" in refused.value.hint
