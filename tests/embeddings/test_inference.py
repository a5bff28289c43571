import locale
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from embeddings.inference import InferencePool
from embeddings.libraries import import_openvino_runtime
from embeddings.manifest import MODEL_FILE, CompiledModel


def test_models_loaded_at_once_leave_the_locale_as_it_was(
    compiled: CompiledModel, tmp_path: Path
) -> None:
    runtime = import_openvino_runtime()
    graph = compiled.folder / MODEL_FILE

    def load(_: int) -> None:
        InferencePool(runtime, graph, tmp_path, streams=1, bf16=False)

    load(0)
    before = locale.setlocale(locale.LC_ALL)
    with ThreadPoolExecutor(4) as executor:
        list(executor.map(load, range(12)))
    after = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, before)
    assert after == before
