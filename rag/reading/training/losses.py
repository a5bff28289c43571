"""What an input's outputs cost, given what is known of it.

The edges' loss is the cross-entropy over positions with the probability of all accepted answers
summed; "no answer here" is the position of [CLS], as in BERT's own SQuAD 2.0 recipe
(arXiv:1810.04805, section 4.3). The verdicts' loss is binary cross-entropy where a label is known.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from rag.reading.training.examples import NO_LABEL, Example

if TYPE_CHECKING:
    import torch

EDGE_WEIGHT = 1.0
VERDICT_WEIGHTS = (0.5, 0.25, 0.5)
"""Answerable, relevant, supported."""

_MASKED = -1e4


def targets(batch: list[Example]) -> dict[str, Any]:
    """The batch's labels as arrays: `starts` and `ends` (batch, length), `learns`, `labels`,
    `allowed`.
    """
    length = len(batch[0].ids)
    starts = np.zeros((len(batch), length), np.float32)
    ends = np.zeros((len(batch), length), np.float32)
    allowed = np.zeros((len(batch), length), bool)
    for index, example in enumerate(batch):
        allowed[index, 0] = True
        allowed[index, example.passage_first : length - 1] = True
        for first, last in example.spans or ((0, 0),):
            starts[index, first] = ends[index, last] = 1.0
    return {
        "starts": starts,
        "ends": ends,
        "allowed": allowed,
        "learns": np.array([example.learns_span for example in batch], np.float32),
        "labels": np.array([example.labels for example in batch], np.float32),
    }


def loss_of(
    edges: "torch.Tensor", verdicts: "torch.Tensor", wanted: dict[str, "torch.Tensor"]
) -> "torch.Tensor":
    """The batch's mean loss, a scalar."""
    import torch
    from torch.nn import functional

    edges, verdicts = edges.float(), verdicts.float()
    scores = edges.masked_fill(~wanted["allowed"].unsqueeze(-1), _MASKED)
    logs = scores.log_softmax(dim=1)
    learns = wanted["learns"]
    edge_loss = edges.new_zeros(())
    for side, gold in enumerate((wanted["starts"], wanted["ends"])):
        of_gold = logs[:, :, side].masked_fill(gold == 0, -torch.inf).logsumexp(dim=1)
        edge_loss = edge_loss - (of_gold * learns).sum() / 2
    edge_loss = edge_loss / learns.sum().clamp(min=1)
    labels = wanted["labels"]
    known = (labels != NO_LABEL).float()
    each = functional.binary_cross_entropy_with_logits(
        verdicts, labels.clamp(min=0), reduction="none"
    )
    weights = torch.tensor(VERDICT_WEIGHTS, device=verdicts.device)
    verdict_loss = ((each * known).sum(dim=0) / known.sum(dim=0).clamp(min=1) * weights).sum()
    return EDGE_WEIGHT * edge_loss + verdict_loss
