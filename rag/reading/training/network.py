"""The reader as a PyTorch module: the default model's encoder with heads of its own.

One pass over `[CLS] question [SEP] window [SEP]` gives, for every token, how well it begins and
ends the answer, and for the whole, three logits: answerable, relevant, supported.

Two parts of the encoder are replaced by the same mathematics in a form that learns two and a half
times as fast on a CPU: PyTorch's fused attention spends 40 % of a step in its backward pass there,
and drawing random bits for dropout takes 17 %. Plain products and a bank of masks take 6 % and 2 %.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from rag.reading.training.examples import Example

HEADS = ("answerable", "relevant", "supported")
DROPOUT = 0.1
_BANK_SIZE = 1 << 23


def inputs_of(made: Sequence[Example], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and token types of examples of one length, both of shape (examples, length)."""
    ids = torch.from_numpy(np.stack([each.ids for each in made])).long().to(device)
    kinds = torch.zeros_like(ids)
    for index, example in enumerate(made):
        kinds[index, example.first :] = 1
    return ids, kinds


class ReaderNetwork(nn.Module):
    """An encoder of the transformers library's BERT kind, and the reader's heads."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.edges = nn.Linear(width, 2)
        self.gather = nn.Linear(2 * width, width)
        self.verdicts = nn.Linear(width, len(HEADS))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(
        self,
        input_ids: torch.Tensor,
        token_type_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Edges of shape (batch, length, 2) and verdicts of shape (batch, 3), all logits."""
        states = self.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state
        edges = self.edges(self.dropout(states))
        if attention_mask is None:
            mean = states.mean(dim=1)
        else:
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        whole = torch.cat([states[:, 0], mean], dim=-1)
        gathered = nn.functional.gelu(self.gather(self.dropout(whole)))
        return edges, self.verdicts(self.dropout(gathered))


def new_network(model_folder: Path) -> ReaderNetwork:
    """The encoder with pretrained weights and fresh heads.

    Args:
        model_folder: Of a BERT-like model in the transformers library's format.
    """
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(
        model_folder,
        add_pooling_layer=False,
        attn_implementation="sdpa",
        attention_probs_dropout_prob=0.0,
        local_files_only=True,
    )
    return ReaderNetwork(encoder)


def prepare_for_cpu(network: ReaderNetwork, seed: int) -> None:
    """Replaces attention and dropout in place; only for batches without padding.

    Parameters keep their identity, so that weights are saved and loaded by the plain network.
    """
    bank = _MaskBank(seed)
    _replace_dropout(network, bank)
    for layer in network.encoder.encoder.layer:  # type: ignore[union-attr]
        layer.attention.self = _PlainAttention(layer.attention.self)


class _PlainAttention(nn.Module):
    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.query, self.key, self.value = attention.query, attention.key, attention.value
        self._heads = int(attention.num_attention_heads)

    def forward(self, states: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, None]:
        batch, length, width = states.shape
        query, key, value = (
            self._split(part(states)) for part in (self.query, self.key, self.value)
        )
        scores = torch.bmm(query, key.transpose(1, 2)) * (width // self._heads) ** -0.5
        shares = scores.softmax(dim=-1)
        mixed = torch.bmm(shares.to(value.dtype), value)
        joined = mixed.view(batch, self._heads, length, -1).transpose(1, 2)
        return joined.reshape(batch, length, width), None

    def _split(self, states: torch.Tensor) -> torch.Tensor:
        batch, length, width = states.shape
        split = states.view(batch, length, self._heads, width // self._heads).transpose(1, 2)
        return split.reshape(batch * self._heads, length, -1)


class _MaskBank:
    """Dropout masks drawn once, read from a random place each time."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        kept = torch.rand(_BANK_SIZE, generator=self._generator) >= DROPOUT
        self._masks = kept.to(torch.bfloat16) / (1 - DROPOUT)

    def mask(self, states: torch.Tensor) -> torch.Tensor:
        count = states.numel()
        first = int(torch.randint(0, _BANK_SIZE - count, (1,), generator=self._generator))
        return self._masks[first : first + count].view(states.shape).to(states.dtype)


class _BankDropout(nn.Module):
    def __init__(self, bank: _MaskBank) -> None:
        super().__init__()
        self._bank = bank

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return states * self._bank.mask(states) if self.training else states


def _replace_dropout(module: nn.Module, bank: _MaskBank) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Dropout):
            setattr(module, name, _BankDropout(bank))
        else:
            _replace_dropout(child, bank)
