"""How good a network is on rows with known answers: what is printed after each epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rag.evaluation.confidence import auroc
from rag.evaluation.short_answers import likeness
from rag.reading.spans import best_spans
from rag.reading.training.examples import NO_LABEL, Example, Texts
from rag.reading.training.network import HEADS, ReaderNetwork, inputs_of


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a network says of examples.

    Attributes:
        answers: The best span's text.
        margins: Its score over that of "no answer here", in logits.
        verdicts: Logits, shape (examples, 3).
    """

    answers: tuple[str, ...]
    margins: NDArray[np.float64]
    verdicts: NDArray[np.float64]


def outputs_of(
    network: ReaderNetwork, made: Sequence[Example], texts: Texts, batch_size: int = 32
) -> Outputs:
    """Runs the network over examples, those of a length together."""
    order = sorted(range(len(made)), key=lambda each: len(made[each].ids))
    answers = [""] * len(made)
    margins = np.zeros(len(made))
    verdicts = np.zeros((len(made), len(HEADS)))
    network.eval()
    device = next(network.parameters()).device
    place = 0
    while place < len(order):
        length = len(made[order[place]].ids)
        alike = [
            each for each in order[place : place + batch_size] if len(made[each].ids) == length
        ]
        place += len(alike)
        ids, kinds = inputs_of([made[each] for each in alike], device)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            edges, said = network(ids, kinds)
        lows = np.array([made[each].passage_first for each in alike])
        best = best_spans(edges.float().cpu().numpy(), lows, np.full(len(alike), length - 1))
        margins[alike], verdicts[alike] = best.margins, said.float().cpu().numpy()
        for index, each in enumerate(alike):
            example = made[each]
            offsets, moved = texts.offsets[example.row], example.offset - example.passage_first
            start = offsets[best.firsts[index] + moved][0]
            end = offsets[best.lasts[index] + moved][1]
            answers[each] = texts.rows[example.row].passage[start:end]
    return Outputs(tuple(answers), margins, verdicts)


def figures_of(made: Sequence[Example], outputs: Outputs, texts: Texts) -> dict[str, float]:
    """Exact match and F1 of short answers, and the AUROC of each verdict, by name; what no row can
    tell is left out.
    """
    figures: dict[str, float] = {}
    asked = [
        index
        for index, example in enumerate(made)
        if texts.rows[example.row].spans and example.labels[0] == 1
    ]
    if asked:
        alike = [
            likeness(outputs.answers[index], _accepted(texts, made[index].row)) for index in asked
        ]
        figures["exact"] = float(np.mean([each.exact for each in alike]))
        figures["f1"] = float(np.mean([each.f1 for each in alike]))
    labels = np.array([example.labels for example in made]).reshape(-1, len(HEADS))
    judged = [*zip(HEADS, outputs.verdicts.T, labels.T, strict=True)]
    for name, scores, wanted in [*judged, ("margin", outputs.margins, labels[:, 0])]:
        known = wanted != NO_LABEL
        value = auroc(scores[known].tolist(), (wanted[known] == 1).tolist())
        if value is not None:
            figures[f"auroc_{name}"] = value
    return figures


def by_source(
    made: Sequence[Example], outputs: Outputs, texts: Texts
) -> Mapping[str, dict[str, float]]:
    """The same figures for each set."""
    found: dict[str, list[int]] = {}
    for index, example in enumerate(made):
        found.setdefault(texts.rows[example.row].source, []).append(index)
    return {
        source: figures_of(
            [made[each] for each in chosen],
            Outputs(
                tuple(outputs.answers[each] for each in chosen),
                outputs.margins[chosen],
                outputs.verdicts[chosen],
            ),
            texts,
        )
        for source, chosen in sorted(found.items())
    }


def _accepted(texts: Texts, row: int) -> list[str]:
    passage = texts.rows[row].passage
    return [passage[start:end] for start, end in texts.rows[row].spans]
