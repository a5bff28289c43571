"""Weights into the files that Quoth ships: a graph for OpenVINO with 8-bit weights, and what it is.

Large matrices are kept as 8-bit integers with one scale for each row, the rest as 16-bit floats;
the runtime multiplies them back, or computes in 8 bits where the processor can. A file of 46 MB
becomes one of 23 MB. (OpenVINO's own compressor brings a dozen packages, one of which reports its
use to its vendor.)
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.libraries import import_openvino, silenced
from rag.reading.training.examples import MAX_QUESTION_TOKENS, MAX_TITLE_TOKENS
from rag.reading.training.network import ReaderNetwork, new_network

MAX_TOKENS = 256
MANIFEST_FORMAT = 1
FILES = ("reader.xml", "reader.bin", "tokenizer.json")
_LEAST_SIZE = 50_000  # numbers; smaller constants are not worth a scale


def export(weights: Path, model_folder: Path, out: Path, *, eight_bit: bool = True) -> None:
    """Writes `reader.xml`, `reader.bin`, `tokenizer.json` and `manifest.json`.

    Args:
        weights: What training gave.
        model_folder: Of the encoder that the reader started from.
        out: The folder; made where it is missing.
        eight_bit: Whether large matrices are kept in 8 bits; all in 16 otherwise.
    """
    network = new_network(model_folder)
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    out.mkdir(parents=True, exist_ok=True)
    graph = _graph(network.float().eval())
    if eight_bit:
        _compress(graph)
    import_openvino().save_model(graph, str(out / FILES[0]), compress_to_fp16=True)
    shutil.copyfile(model_folder / FILES[2], out / FILES[2])
    manifest = {
        "format": MANIFEST_FORMAT,
        "max_question_tokens": MAX_QUESTION_TOKENS,
        "max_title_tokens": MAX_TITLE_TOKENS,
        "max_tokens": MAX_TOKENS,
        "sha256": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def quantised(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """A matrix as 8-bit integers and one scale for each row: `integers * scales` is nearly it.

    Args:
        matrix: Shape (rows, columns).

    Returns:
        Integers of the same shape, from -127 to 127, and scales of shape (rows, 1).
    """
    scales = np.abs(matrix).max(axis=1, keepdims=True) / 127
    scales = np.where(scales == 0, 1, scales).astype(np.float16)
    whole = np.rint(matrix / scales.astype(np.float32))
    return np.clip(whole, -127, 127).astype(np.int8), scales


def _graph(network: ReaderNetwork) -> Any:
    """The network as OpenVINO's graph, with named inputs and outputs."""
    openvino = import_openvino()
    names = ("input_ids", "token_type_ids", "attention_mask")
    any_size = openvino.PartialShape([-1, -1])
    ones = torch.ones((2, 16), dtype=torch.long)
    with silenced(), torch.inference_mode():
        graph = openvino.convert_model(
            network,
            example_input=dict.fromkeys(names, ones),
            input=[(name, any_size, openvino.Type.i64) for name in names],
        )
    for place, name in enumerate(names):
        graph.inputs[place].get_tensor().set_names({name})
    for place, name in enumerate(("edges", "verdicts")):
        graph.outputs[place].get_tensor().set_names({name})
    return graph


def _compress(graph: Any) -> None:
    openvino = import_openvino()
    operations = openvino.opset13
    for node in list(graph.get_ordered_ops()):
        if node.get_type_name() != "Constant" or node.get_element_type() != openvino.Type.f32:
            continue
        shape = list(node.shape)
        if len(shape) != 2 or shape[0] * shape[1] < _LEAST_SIZE:
            continue
        readers = list(node.output(0).get_target_inputs())
        integers, scales = quantised(np.array(node.data, dtype=np.float32))
        wide = operations.convert(operations.constant(integers), "f16")
        scaled = operations.multiply(wide, operations.constant(scales))
        whole = operations.convert(scaled, "f32")
        whole.set_friendly_name(node.get_friendly_name() + "/whole")
        for reader in readers:
            reader.replace_source_output(whole.output(0))


def main() -> None:
    """`python -m rag.reading.training.exporting RUN OUT` exports a run's weights."""
    from embeddings.models import DEFAULT_MODEL, find_model
    from rag.reading.training.learning import WEIGHTS
    from rag.settings import load_settings

    parser = argparse.ArgumentParser(description="Export a run's weights for OpenVINO.")
    parser.add_argument("run", type=Path, help="the folder that training wrote")
    parser.add_argument("out", type=Path, help="the folder of the model")
    parser.add_argument("--half", action="store_true", help="16-bit weights instead of 8")
    given = parser.parse_args()
    folder = find_model(DEFAULT_MODEL, load_settings().cache_dir).folder
    assert folder is not None  # the default model is never on a hub
    export(given.run / WEIGHTS, folder, given.out, eight_bit=not given.half)


if __name__ == "__main__":
    main()
