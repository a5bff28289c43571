"""How good a network is on rows with known answers: what is printed after each epoch."""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rag.reading.training.examples import NO_LABEL, Example, Texts
from rag.reading.training.network import HEADS, ReaderNetwork

MAX_ANSWER_TOKENS = 30
_EDGES_LOOKED_AT = 20


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
        ids = torch.from_numpy(np.stack([made[each].ids for each in alike])).long().to(device)
        kinds = torch.zeros_like(ids)
        for index, each in enumerate(alike):
            kinds[index, made[each].first :] = 1
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            edges, said = network(ids, kinds)
        edges_array, said_array = edges.float().cpu().numpy(), said.float().cpu().numpy()
        for index, each in enumerate(alike):
            example = made[each]
            first, last, margin = best_span(edges_array[index], example.passage_first, length - 1)
            margins[each], verdicts[each] = margin, said_array[index]
            offsets = texts.offsets[example.row]
            start = offsets[first - example.passage_first + example.offset][0]
            end = offsets[last - example.passage_first + example.offset][1]
            answers[each] = texts.rows[example.row].passage[start:end]
    return Outputs(tuple(answers), margins, verdicts)


def best_span(edges: NDArray[np.float32], low: int, high: int) -> tuple[int, int, float]:
    """The best answer between two positions: first, last (inclusive), and its margin over none.

    Args:
        edges: Logits of shape (length, 2).
        low: The first position that an answer may have.
        high: The one behind the last.
    """
    starts, ends = edges[low:high, 0], edges[low:high, 1]
    scores = starts[:, None] + ends[None, :]
    rows, columns = np.indices(scores.shape)
    scores = np.where((columns < rows) | (columns - rows >= MAX_ANSWER_TOKENS), -np.inf, scores)
    first, last = np.unravel_index(int(np.argmax(scores)), scores.shape)
    none = float(edges[0, 0] + edges[0, 1])
    return low + int(first), low + int(last), float(scores[first, last]) - none


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
        pairs = [(outputs.answers[index], _accepted(texts, made[index].row)) for index in asked]
        figures["exact"] = float(np.mean([_exact(said, gold) for said, gold in pairs]))
        figures["f1"] = float(np.mean([_f1(said, gold) for said, gold in pairs]))
    labels = np.array([example.labels for example in made]).reshape(-1, len(HEADS))
    scores = dict(zip(HEADS, outputs.verdicts.T, strict=True))
    for head, name in enumerate(HEADS):
        known = labels[:, head] != NO_LABEL
        if len(set(labels[known, head])) == 2:
            figures[f"auroc_{name}"] = auroc(labels[known, head], scores[name][known])
    known = labels[:, 0] != NO_LABEL
    if len(set(labels[known, 0])) == 2:
        figures["auroc_margin"] = auroc(labels[known, 0], outputs.margins[known])
    return figures


def auroc(labels: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Probability that a positive scores above a negative; .5 where one kind is missing."""
    from scipy.stats import rankdata

    positive = labels == 1
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


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


def _words(text: str) -> list[str]:
    kept = "".join(each for each in text.lower() if each not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def _exact(said: str, gold: Sequence[str]) -> bool:
    return any(_words(said) == _words(each) for each in gold)


def _f1(said: str, gold: Sequence[str]) -> float:
    return max(_overlap(_words(said), _words(each)) for each in gold)


def _overlap(one: list[str], other: list[str]) -> float:
    shared = sum((Counter(one) & Counter(other)).values())
    return 2 * shared / (len(one) + len(other)) if shared else 0.0
