"""On a model of two tiny layers with a tokenizer of letters, made here: seconds, not a minute."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from embeddings.base import CharSpan
from embeddings.compilation import LEAST_COSINE, compile_model
from embeddings.compiled import CompiledEncoder
from embeddings.errors import ModelUnusable
from embeddings.libraries import silenced
from embeddings.loading import encoder_identity, load_encoder
from embeddings.manifest import compiled_folder, read_compiled
from embeddings.models import find_model
from embeddings.probe import PROBE_TEXTS, agreement, encode_probe
from embeddings.reference import ReferenceEncoder

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *"abcdefghijklmnopqrstuvwxyz0123456789.,:?!",
    "##a",
    "##e",
]


def make_model(folder: Path, *, include_prompt: bool = True) -> Path:
    """A BERT of 32 dimensions, mean pooling, and a dense layer to 12."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import (
            Dense,
            Normalize,
            Pooling,
            Transformer,
        )
        from transformers import BertConfig, BertModel, BertTokenizerFast

        torch.manual_seed(1)
        config = BertConfig(
            vocab_size=len(WORDS),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        )
        base = folder / "base"
        with silenced():
            BertModel(config).save_pretrained(base)
            vocabulary = {word: number for number, word in enumerate(WORDS)}
            BertTokenizerFast(vocab=vocabulary, model_max_length=64).save_pretrained(base)
            model = SentenceTransformer(
                modules=[
                    Transformer(str(base), max_seq_length=40),
                    Pooling(32, pooling_mode="mean", include_prompt=include_prompt),
                    Dense(32, 12),
                    Normalize(),
                ],
                prompts={"query": "q: ", "document": "d: "},
                device="cpu",
            )
            model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny_cache(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the tiny model is compiled."""
    cache = tmp_path_factory.mktemp("tiny-cache")
    load_encoder(str(tiny_model), kind="compiled", cache_dir=cache)
    return cache


def test_a_model_in_a_folder_is_compiled_and_agrees_with_the_reference(
    tiny_model: Path, tiny_cache: Path
) -> None:
    source = find_model(str(tiny_model), tiny_cache)
    compiled = CompiledEncoder(compile_model(source, tiny_cache), name="tiny")

    found = agreement(encode_probe(compiled), encode_probe(ReferenceEncoder(source)))

    assert found.least_cosine >= LEAST_COSINE
    assert found.least_span_cosine >= LEAST_COSINE


def test_the_models_own_prompts_are_honoured(tiny_model: Path, tiny_cache: Path) -> None:
    encoder = load_encoder(str(tiny_model), kind="compiled", cache_dir=tiny_cache)
    reference = load_encoder(str(tiny_model), kind="reference", cache_dir=tiny_cache)
    assert isinstance(reference, ReferenceEncoder)
    plain = reference.sentence_transformer

    query, document = encoder.encode_query("a tunnel"), encoder.encode_documents(["a tunnel"])

    assert query @ plain.encode_query("a tunnel") > LEAST_COSINE
    assert document.vectors[0] @ plain.encode_document("a tunnel") > LEAST_COSINE
    assert query @ document.vectors[0] < LEAST_COSINE


def test_what_follows_the_pooling_is_in_the_identity(tiny_model: Path, tiny_cache: Path) -> None:
    encoder = load_encoder(str(tiny_model), kind="compiled", cache_dir=tiny_cache)

    identity = encoder_identity(str(tiny_model), cache_dir=tiny_cache)

    assert identity.dimension == encoder.dimension == 12
    assert identity.fingerprint == encoder.fingerprint
    assert encoder.max_tokens == 40


def test_spans_of_a_text_cut_off_agree_with_the_reference(
    tiny_model: Path, tiny_cache: Path
) -> None:
    text = "a b c d e f g " * 20
    spans: list[list[CharSpan]] = [[(0, 20), (20, 60), (200, 280)]]
    encoder = load_encoder(str(tiny_model), kind="compiled", cache_dir=tiny_cache)
    reference = load_encoder(str(tiny_model), kind="reference", cache_dir=tiny_cache)

    found = encoder.encode_documents([text], spans).span_vectors[0]
    expected = reference.encode_documents([text], spans).span_vectors[0]

    assert (found * expected).sum(axis=1).min() > LEAST_COSINE


def test_two_processes_may_compile_at_once(tiny_model: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from embeddings.loading import load_encoder;"
        "load_encoder(sys.argv[1], kind='compiled', cache_dir=Path(sys.argv[2]), on_stage=print)"
    )
    command = [sys.executable, "-c", program, str(tiny_model), str(tmp_path)]

    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate() for process in running]

    assert [process.returncode for process in running] == [0, 0]
    assert [error for _, error in said] == ["", ""]
    assert sum("Checking" in output for output, _ in said) == 1
    assert read_compiled(compiled_folder(find_model(str(tiny_model), tmp_path), tmp_path))


def test_a_pooling_that_leaves_the_prompt_out_is_left_to_the_reference(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = make_model(tmp_path, include_prompt=False)

    with pytest.raises(ModelUnusable, match="leaves the prompt out"):
        load_encoder(str(model), kind="compiled", cache_dir=tmp_path / "cache")
    encoder = load_encoder(str(model), kind="auto", cache_dir=tmp_path / "cache")

    assert isinstance(encoder, ReferenceEncoder)
    assert "leaves the prompt out" in caplog.text


def test_a_damaged_runtime_cache_is_made_again(tiny_model: Path, tiny_cache: Path) -> None:
    blobs = list((tiny_cache / "openvino").glob("*.blob"))
    for blob in blobs:
        blob.chmod(0o600)
        blob.write_bytes(blob.read_bytes()[:1000])

    encoder = load_encoder(str(tiny_model), kind="compiled", cache_dir=tiny_cache)

    assert blobs
    assert encoder.encode_documents(PROBE_TEXTS).vectors.shape == (len(PROBE_TEXTS), 12)


def test_a_runtime_cache_that_cannot_be_written_is_done_without(
    tiny_model: Path, tiny_cache: Path, tmp_path: Path
) -> None:
    source = find_model(str(tiny_model), tiny_cache)
    (tmp_path / "in-the-way").write_text("", encoding="utf-8")

    encoder = CompiledEncoder(
        compile_model(source, tiny_cache), name="tiny", cache_dir=tmp_path / "in-the-way"
    )

    assert encoder.encode_query("a").shape == (12,)
