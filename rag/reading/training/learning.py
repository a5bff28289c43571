"""The training itself: batches in, weights out, taken up again from the last checkpoint.

Everything random comes from the seed and the number of the epoch, so that a run that was stopped
goes on with the same batches. What is kept at the end is the running mean of the weights, which is
worth a second seed and costs nothing when the reader answers.
"""

import csv
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from rag.reading.training.batches import one_length_batches
from rag.reading.training.examples import Example, Texts, Tokens, examples, whole
from rag.reading.training.losses import loss_of, targets
from rag.reading.training.mix import epoch_rows
from rag.reading.training.network import (
    ReaderNetwork,
    inputs_of,
    new_network,
    prepare_for_cpu,
)
from rag.reading.training.preparing import Prepared
from rag.reading.training.scoring import by_source, figures_of, outputs_of

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "reader.pt"
LOSSES = "losses.csv"
MEASURED_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run is made with.

    Attributes:
        most_steps: Where the run ends, if the epochs hold more; it may be changed when a run is
            taken up again.
        encoder_rate, head_rate: Highest learning rates; they rise over `warmup` of the steps and
            fall to nothing in a straight line.
        mean_decay: Of the running mean of the weights, per step.
    """

    epochs: int = 2
    most_steps: int | None = None
    tokens_per_batch: int = 4096
    encoder_rate: float = 1.2e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.06
    clip_norm: float = 1.0
    mean_decay: float = 0.999
    checkpoint_every: int = 200
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Step:
    """What is said while it learns."""

    epoch: int
    step: int
    steps: int
    loss: float
    tokens_per_s: float


def learn(
    prepared: Prepared,
    out: Path,
    model_folder: Path,
    recipe: Recipe,
    *,
    on_step: Callable[[Step], None],
    on_epoch: Callable[[int, dict[str, dict[str, float]]], None],
    first_weights: Path | None = None,
) -> Path:
    """Trains, from the last checkpoint in `out` where there is one.

    Args:
        prepared: Rows to learn from and to measure by.
        out: The run's folder.
        model_folder: Of the encoder that the reader starts from.
        recipe: What it is made with.
        on_step: Told of each step.
        on_epoch: Told of each epoch, counted from 0, and of its figures by set.
        first_weights: Of an earlier run, to begin with instead of the encoder's own.

    Returns:
        The file of the weights.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(recipe.seed)
    tokens = Tokens(str(model_folder / "tokenizer.json"))
    network = new_network(model_folder)
    if first_weights:
        network.load_state_dict(torch.load(first_weights, weights_only=True))
    if device.type == "cpu":
        prepare_for_cpu(network, recipe.seed)
    network.to(device)
    frozen = network.encoder.embeddings.word_embeddings.weight  # type: ignore[union-attr]
    frozen.requires_grad_(False)
    run = _Run(network, recipe, out)
    held = tokens.encode(prepared.held_back)
    measured = whole(held, tokens, MEASURED_TOKENS)
    planned = [_batches(prepared, tokens, recipe, epoch) for epoch in range(recipe.epochs)]
    run.resume(sum(map(len, planned)))
    for epoch, batches in enumerate(planned):
        before = sum(map(len, planned[:epoch]))
        if run.step >= before + len(batches):
            continue
        for batch in batches[run.step - before : max(0, run.steps - before)]:
            loss, rate = run.take(batch, device)
            on_step(Step(epoch, run.step, run.steps, loss, rate))
        run.save()
        on_epoch(epoch, _measure(run, measured, held))
        if run.step >= run.steps:
            break
    return run.finish()


class _Run:
    """The weights on their way, with all that a checkpoint holds."""

    def __init__(self, network: ReaderNetwork, recipe: Recipe, out: Path) -> None:
        self.network, self.step, self.steps, self._planned = network, 0, 0, 0
        self._recipe, self._out = recipe, out
        encoder = [each for each in network.encoder.parameters() if each.requires_grad]
        heads = [
            each
            for name, each in network.named_parameters()
            if not name.startswith("encoder.") and each.requires_grad
        ]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": encoder, "lr": recipe.encoder_rate, "peak": recipe.encoder_rate},
                {"params": heads, "lr": recipe.head_rate, "peak": recipe.head_rate},
            ],
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self._learned = encoder + heads
        self._mean = [each.detach().clone() for each in self._learned]
        self._losses: list[tuple[int, float]] = []

    def resume(self, planned: int) -> None:
        """Goes on from the checkpoint, where one of a run of as many planned steps is there."""
        self._planned = planned
        self.steps = min(planned, self._recipe.most_steps or planned)
        path = self._out / CHECKPOINT
        if not path.exists():
            return
        kept = torch.load(path, weights_only=True)
        if kept["planned"] != planned:
            raise ValueError(
                f"{str(path)!r} is of a run of {kept['planned']} steps, this one has {planned}: "
                "give another folder, or the same rows, epochs and seed."
            )
        self.network.load_state_dict(kept["network"])
        self._optimizer.load_state_dict(kept["optimizer"])
        for mean, saved in zip(self._mean, kept["mean"], strict=True):
            mean.copy_(saved)
        self.step = int(kept["step"])
        self._losses = [(int(step), float(loss)) for step, loss in kept["losses"]]

    def take(self, batch: Sequence[Example], device: torch.device) -> tuple[float, float]:
        """One step; the loss and the tokens a second."""
        began = time.perf_counter()
        self.network.train()
        ids, kinds = inputs_of(batch, device)
        wanted = {
            name: torch.from_numpy(value).to(device) for name, value in targets(list(batch)).items()
        }
        with torch.autocast(device.type, torch.bfloat16):
            edges, verdicts = self.network(ids, kinds)
        loss = loss_of(edges, verdicts, wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._learned, self._recipe.clip_norm)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * self._share_of_rate()
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self._follow()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise FloatingPointError(f"The loss is {value} at step {self.step}.")
        self._losses.append((self.step, value))
        if self.step % self._recipe.checkpoint_every == 0:
            self.save()
        return value, ids.numel() / (time.perf_counter() - began)

    def save(self) -> None:
        """Writes the checkpoint and the losses, whole or not at all."""
        self._out.mkdir(parents=True, exist_ok=True)
        path = self._out / CHECKPOINT
        unfinished = path.with_suffix(".new")
        torch.save(
            {
                "network": self.network.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "mean": self._mean,
                "step": self.step,
                "planned": self._planned,
                "losses": self._losses,
            },
            unfinished,
        )
        unfinished.replace(path)
        with (self._out / LOSSES).open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows([("step", "loss"), *self._losses])
        with self.as_mean():
            torch.save(self.network.state_dict(), self._out / WEIGHTS)

    def finish(self) -> Path:
        """The file with the mean of the weights."""
        self.save()
        return self._out / WEIGHTS

    def as_mean(self) -> "_Swapped":
        """While it is entered, the network has the mean of its weights."""
        return _Swapped(self._learned, self._mean)

    def _follow(self) -> None:
        decay = min(self._recipe.mean_decay, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(self._mean, [each.detach() for each in self._learned], 1 - decay)

    def _share_of_rate(self) -> float:
        rising = max(1, int(self._recipe.warmup * self.steps))
        if self.step < rising:
            return (self.step + 1) / rising
        return max(0.0, (self.steps - self.step) / max(1, self.steps - rising))


class _Swapped:
    def __init__(self, learned: list[Any], mean: list[torch.Tensor]) -> None:
        self._learned, self._mean = learned, mean

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()

    def _swap(self) -> None:
        with torch.no_grad():
            for each, mean in zip(self._learned, self._mean, strict=True):
                kept = each.detach().clone()
                each.copy_(mean)
                mean.copy_(kept)


def _batches(prepared: Prepared, tokens: Tokens, recipe: Recipe, epoch: int) -> list[list[Example]]:
    texts: Texts = tokens.encode(epoch_rows(prepared.learned, epoch))
    made = examples(texts, tokens, recipe.seed, epoch=epoch)
    draw = random.Random(f"{recipe.seed} {epoch}")
    return one_length_batches(made, recipe.tokens_per_batch, draw)


def _measure(run: _Run, measured: list[Example], held: Texts) -> dict[str, dict[str, float]]:
    with run.as_mean():
        outputs = outputs_of(run.network, measured, held)
    return {"all": figures_of(measured, outputs, held), **by_source(measured, outputs, held)}
