"""A reader's model of one layer, made here: what it says follows from the tokens by a table.

It shows that inputs, batches, threads and offsets are right; it has learned nothing.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from embeddings.libraries import import_openvino
from embeddings.models import DEFAULT_MODEL, find_model
from rag.reading.compiled import CompiledReader
from rag.reading.loading import find_reader

VOCABULARY = 30_522
NAMES = ("input_ids", "token_type_ids", "attention_mask")
MAX_TOKENS = 64


def tables() -> tuple[np.ndarray, np.ndarray]:
    """Each token's logits of start and end, shape (tokens, 2), and its share in the verdicts, shape
    (tokens, 3); all exact in 16 bits.
    """
    draw = np.random.default_rng(8)
    edges = draw.integers(-64, 64, (VOCABULARY, 2)) / 8
    return edges.astype(np.float32), draw.integers(-8, 8, (VOCABULARY, 3)).astype(np.float32)


def write_tiny_reader(folder: Path, names: tuple[str, str, str] = NAMES) -> Path:
    """Writes a whole reader; returns the folder.

    The verdicts are the sum over the tokens of both parts, those of the second counting twice, by
    the number of tokens.
    """
    openvino = import_openvino()
    ops = openvino.opset13
    ids, types, mask = (ops.parameter([-1, -1], np.int64, name=name) for name in names)
    edge_table, verdict_table = tables()
    axis = ops.constant(np.int64(0))
    last, middle = ops.constant(np.int64([2])), ops.constant(np.int64([1]))
    edges = ops.gather(ops.constant(edge_table), ids, axis)
    kept = ops.convert(mask, "f32")
    weights = ops.multiply(kept, ops.add(ops.convert(types, "f32"), np.float32(1)))
    shares = ops.gather(ops.constant(verdict_table), ids, axis)
    summed = ops.reduce_sum(ops.multiply(shares, ops.unsqueeze(weights, last)), middle)
    verdicts = ops.divide(summed, ops.reduce_sum(kept, middle, keep_dims=True))
    graph = openvino.Model([edges, verdicts], [ids, types, mask], "tiny")
    for place, name in enumerate(names):
        graph.inputs[place].get_tensor().set_names({name})
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(graph, str(folder / "reader.xml"), compress_to_fp16=False)
    source = find_model(DEFAULT_MODEL, folder).folder
    assert source is not None
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    write_manifest(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """The manifest of what lies there now."""
    files = ("reader.xml", "reader.bin", "tokenizer.json")
    manifest = {
        "format": 1,
        "sha256": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files
        },
        "max_question_tokens": 16,
        "max_title_tokens": 4,
        "max_tokens": MAX_TOKENS,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def tiny_reader(folder: Path) -> CompiledReader:
    """The reader in a folder that `write_tiny_reader` wrote."""
    return CompiledReader(find_reader(folder))
