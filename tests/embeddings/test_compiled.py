import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from embeddings.base import Encoder
from embeddings.compilation import LEAST_COSINE
from embeddings.compiled import CompiledEncoder
from embeddings.errors import ModelUnusable
from embeddings.manifest import CompiledModel
from embeddings.models import DEFAULT_MODEL
from embeddings.probe import PROBE_TEXTS, agreement, encode_probe
from tests.embeddings.encoder_contract import EncoderContract


class TestCompiledEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self, compiled_encoder: Encoder) -> Encoder:
        return compiled_encoder


def test_its_vectors_are_the_references(
    compiled_encoder: Encoder, reference_encoder: Encoder
) -> None:
    found = agreement(encode_probe(compiled_encoder), encode_probe(reference_encoder))

    assert found.least_cosine >= LEAST_COSINE
    assert found.least_span_cosine >= LEAST_COSINE


def test_it_shares_the_references_fingerprint(
    compiled_encoder: Encoder, reference_encoder: Encoder
) -> None:
    assert compiled_encoder.fingerprint == reference_encoder.fingerprint
    assert compiled_encoder.dimension == reference_encoder.dimension
    assert compiled_encoder.max_tokens == reference_encoder.max_tokens


def test_it_counts_tokens_as_the_reference_does(
    compiled_encoder: Encoder, reference_encoder: Encoder
) -> None:
    counts = [compiled_encoder.count_tokens(text) for text in PROBE_TEXTS]

    assert counts == [reference_encoder.count_tokens(text) for text in PROBE_TEXTS]


def test_small_batches_give_the_vectors_of_large_ones(
    compiled: CompiledModel, compiled_encoder: Encoder
) -> None:
    small = CompiledEncoder(compiled, name="small", token_budget=1, length_multiple=1)

    assert agreement(encode_probe(small), encode_probe(compiled_encoder)).least_cosine > 0.999


def test_a_prompt_is_put_before_the_text_and_moves_no_span(
    compiled: CompiledModel, compiled_encoder: Encoder
) -> None:
    from dataclasses import replace

    prompted = CompiledEncoder(
        replace(compiled, query_prompt="query: ", document_prompt="passage: "), name="prompted"
    )
    text, span = "The tunnel was opened in 1882.", (4, 10)

    found = prompted.encode_documents([text], [[span]])
    expected = compiled_encoder.encode_documents([f"passage: {text}"], [[(13, 19)]])

    assert found.vectors[0] @ expected.vectors[0] > 0.999
    assert found.span_vectors[0][0] @ expected.span_vectors[0][0] > 0.999
    assert prompted.encode_query("x") @ compiled_encoder.encode_query("query: x") > 0.999


def test_a_damaged_file_is_one_sentence(compiled: CompiledModel, tmp_path: Path) -> None:
    from dataclasses import replace

    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")

    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        CompiledEncoder(replace(compiled, folder=tmp_path), name="damaged")


def test_it_runs_without_torch_without_telemetry_and_without_a_socket(model_cache: Path) -> None:
    program = textwrap.dedent(
        """
        import json, sys
        from pathlib import Path

        opened = []
        sys.addaudithook(lambda event, _: opened.append(event) if "socket" in event else None)
        from embeddings.loading import load_encoder

        encoder = load_encoder(sys.argv[1], kind="compiled", cache_dir=Path(sys.argv[2]))
        vector = encoder.encode_query("When was the tunnel opened?")
        encoder.encode_documents(["The tunnel was opened in 1882."], [[(0, 10)]])
        heavy = ("torch", "transformers", "sentence_transformers", "openvino_telemetry", "faiss")
        print(json.dumps({
            "imported": [name for name in heavy if sys.modules.get(name) is not None],
            "opened": opened,
            "length": float(vector @ vector),
        }))
        """
    )
    load = [sys.executable, "-W", "error", "-c", program, DEFAULT_MODEL, str(model_cache)]

    told = json.loads(subprocess.run(load, capture_output=True, text=True, check=True).stdout)

    assert (told["imported"], told["opened"]) == ([], [])
    assert told["length"] == pytest.approx(1.0, abs=1e-5)


def test_many_texts_keep_their_order(compiled_encoder: Encoder) -> None:
    texts = [f"Room {number}" for number in range(600)]

    vectors = compiled_encoder.encode_documents(texts).vectors

    assert vectors[599] @ compiled_encoder.encode_query("Room 599") > 0.999
    assert np.isfinite(vectors).all()
