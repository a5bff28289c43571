"""The reader that Quoth ships with, run by OpenVINO.

One pass over a question and a window gives each token two logits, of beginning and of ending the
answer, and the whole three: answerable, relevant, supported. Windows are sorted by length and go
through the model a few at a time, each few on a core of its own.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from embeddings.base import CharSpan, FloatArray
from embeddings.batching import Batch, batches, padded
from embeddings.inference import InferencePool, Inputs, cores
from embeddings.libraries import import_openvino_runtime
from rag.errors import ReaderFailed
from rag.reading.base import Reading, Window
from rag.reading.inputs import Input, InputMaker, Texts
from rag.reading.loading import GRAPH_FILE, ReaderFiles
from rag.reading.spans import best_spans, trimmed, whole_words

TOKEN_BUDGET = 1536
LENGTH_MULTIPLE = 16
MOST_STREAMS = 8

_NOTHING = -10.0
"""Logit of what holds nothing to read."""

_SUPPORTED = 2
"""Place of its logit, after those of answerable and relevant."""

_Take = Callable[[Sequence[int], npt.NDArray[np.floating], npt.NDArray[np.floating]], None]
"""Told which inputs went through the model together, their edges and their verdicts."""


class CompiledReader:
    """A reader behind the contract, which can read for several questions together.

    Args:
        files: Verified by the caller.
        cache_dir: Where OpenVINO keeps what it prepared for this processor; None keeps nothing.
        streams: Batches that run at once; by default one on each core, up to `MOST_STREAMS`.
        token_budget: Most padded tokens in a batch.
        length_multiple: Batches are padded to a multiple of this many tokens.

    Raises:
        ModelUnusable: OpenVINO is missing.
        ReaderFailed: The files cannot be loaded.
    """

    def __init__(
        self,
        files: ReaderFiles,
        *,
        cache_dir: Path | None = None,
        streams: int | None = None,
        token_budget: int = TOKEN_BUDGET,
        length_multiple: int = LENGTH_MULTIPLE,
    ) -> None:
        self._files = files
        self._budget = token_budget
        self._multiple = length_multiple
        runtime = import_openvino_runtime()
        graph = files.folder / GRAPH_FILE
        streams = streams or min(cores(), MOST_STREAMS)
        try:
            self._maker = InputMaker(files)
            self._pool = InferencePool(runtime, graph, cache_dir, streams=streams, bf16=True)
        except Exception as exc:  # OpenVINO and tokenizers raise no narrower class
            raise ReaderFailed(
                f"The reader in {str(files.folder)!r} cannot be loaded: {exc}.",
                hint="Set QUOTH_READER=off to answer without it.",
            ) from exc
        self._executor = ThreadPoolExecutor(streams, "reader")

    @property
    def fingerprint(self) -> str:
        return self._files.fingerprint

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        return self.read_together([(question, windows)])[0]

    def read_together(
        self, asked: Sequence[tuple[str, Sequence[Window]]]
    ) -> list[tuple[Reading, ...]]:
        """What `read` gives for each question and its windows, in less time."""
        texts = [
            Texts(question, window.title, window.text)
            for question, windows in asked
            for window in windows
        ]
        windows = [window for _, windows in asked for window in windows]
        inputs = self._maker.inputs(texts)
        readings = [_nothing(window) for window in windows]

        def take(
            places: Sequence[int],
            edges: npt.NDArray[np.floating],
            verdicts: npt.NDArray[np.floating],
        ) -> None:
            lows = np.array([inputs[place].low for place in places])
            highs = np.array([inputs[place].high for place in places])
            best = best_spans(edges, lows, highs)
            for row, place in enumerate(places):
                made = inputs[place]
                first, last = int(best.firsts[row]) - made.low, int(best.lasts[row]) - made.low
                window = windows[place]
                start, end = _characters(window.text, made, first, last)
                readings[place] = Reading(
                    span=(window.start + start, window.start + end),
                    margin=float(best.margins[row]),
                    answerable=float(verdicts[row, 0]),
                    relevant=float(verdicts[row, 1]),
                )

        self._run(inputs, take)
        in_turn = iter(readings)
        return [tuple(islice(in_turn, len(windows))) for _, windows in asked]

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        pieces = self._maker.in_pieces([Texts(first, None, second) for first, second in pairs])
        inputs = [each for group in pieces for each in group]
        logits = np.full(len(inputs), _NOTHING, np.float32)

        def take(
            places: Sequence[int],
            _: npt.NDArray[np.floating],
            verdicts: npt.NDArray[np.floating],
        ) -> None:
            logits[list(places)] = verdicts[:, _SUPPORTED]

        self._run(inputs, take)
        in_turn = iter(logits.tolist())
        # A passage supports what any part of it does.
        best = [max(islice(in_turn, len(group))) for group in pieces]
        return np.array(best, np.float32)

    def close(self) -> None:
        self._executor.shutdown()

    def _run(self, inputs: Sequence[Input], take: _Take) -> None:
        """All inputs that hold something through the model; `take` may be called by any thread."""
        places = [place for place, each in enumerate(inputs) if each.low < each.high]
        lengths = [len(inputs[place].ids) for place in places]
        tokens = sum(padded(length, self._multiple) for length in lengths)
        share = -(-tokens // self._pool.streams)  # no core idles while another has two batches
        planned = list(
            batches(
                lengths,
                token_budget=max(1, min(share, self._budget)),
                multiple=self._multiple,
                longest=self._files.max_tokens,
            )
        )

        def run(batch: Batch) -> None:
            chosen = [places[position] for position in batch.positions]
            arrays = self._arrays([inputs[place] for place in chosen], batch.length)
            with self._pool.run(arrays) as (edges, verdicts):
                take(chosen, edges, verdicts)

        try:
            if len(planned) == 1:
                run(planned[0])
            else:
                list(self._executor.map(run, planned))
        except Exception as exc:  # OpenVINO raises no narrower class
            raise ReaderFailed(
                f"The reader failed while it read: {exc}.",
                hint="Set QUOTH_READER=off to answer without it.",
            ) from exc

    def _arrays(self, inputs: Sequence[Input], length: int) -> Inputs:
        shape = (len(inputs), length)
        ids = np.full(shape, self._maker.pad, np.int64)
        types = np.zeros(shape, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, each in enumerate(inputs):
            ids[row, : len(each.ids)] = each.ids
            types[row, each.second : len(each.ids)] = 1
            mask[row, : len(each.ids)] = 1
        return {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}


def _characters(text: str, made: Input, first: int, last: int) -> CharSpan:
    """The characters of the text that tokens of its encoding stand for, both inclusive."""
    first, last = whole_words(made.encoding.word_ids, first, last)
    offsets = made.encoding.offsets
    return trimmed(text, offsets[first][0], offsets[last][1])


def _nothing(window: Window) -> Reading:
    """Of a window without a token, as one of control characters."""
    start, end = trimmed(window.text, 0, len(window.text))
    return Reading((window.start + start, window.start + end), _NOTHING, _NOTHING, _NOTHING)
