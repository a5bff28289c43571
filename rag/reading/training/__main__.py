"""Trains the reader: `python -m rag.reading.training ROWS --out FOLDER`.

ROWS is a folder of training rows (see `rows.py`). Everything a run makes goes to the folder of
`--out`; the same command takes up a run that was stopped.
"""

import json
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from embeddings.models import DEFAULT_MODEL, find_model
from rag.reading.training.learning import LOSSES, Recipe, Step, learn
from rag.reading.training.preparing import prepare
from rag.settings import load_settings

_DEFAULTS = Recipe()
_SAID_EVERY_S = 20


def train(
    rows: Annotated[Path, typer.Argument(help="The folder of training rows.")],
    out: Annotated[Path, typer.Option(help="Where the run is kept, and its weights.")],
    unanswerable: Annotated[
        Path | None,
        typer.Option(help="A question set; half of its documents are learned from."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1)] = _DEFAULTS.epochs,
    most_steps: Annotated[
        int | None, typer.Option(min=1, help="End after so many, the learning rate with them.")
    ] = None,
    seed: Annotated[int, typer.Option()] = _DEFAULTS.seed,
    start_from: Annotated[
        Path | None,
        typer.Option(exists=True, help="Weights of an earlier run (its reader.pt) to begin with."),
    ] = None,
    rate_share: Annotated[
        float, typer.Option(min=0.01, max=2, help="Share of the usual learning rates.")
    ] = 1.0,
    cache_dir: Annotated[
        Path | None, typer.Option(help="Where the compiled embedding model is kept.")
    ] = None,
) -> None:
    """Train the reader on two cores or a GPU; the same command goes on where a run was stopped."""
    said = _Said(out)
    settings = load_settings().model_copy(update={"data_dir": out / "data", "reader": "off"})
    if cache_dir:
        settings = settings.model_copy(update={"cache_dir": cache_dir})
    folder = find_model(DEFAULT_MODEL, settings.cache_dir).folder
    assert folder is not None  # the default model is never on a hub
    prepared = prepare(
        rows,
        out,
        settings,
        model_folder=folder,
        unanswerable_set=unanswerable,
        seed=seed,
        say=said.line,
    )
    said.line(f"{len(prepared.learned)} rows to learn from, {len(prepared.held_back)} held back")
    recipe = replace(
        _DEFAULTS,
        epochs=epochs,
        most_steps=most_steps,
        seed=seed,
        encoder_rate=_DEFAULTS.encoder_rate * rate_share,
        head_rate=_DEFAULTS.head_rate * rate_share,
    )
    with said:
        weights = learn(
            prepared,
            out,
            folder,
            recipe,
            on_step=said.step,
            on_epoch=said.epoch,
            first_weights=start_from,
        )
    try:
        from rag.reading.training.plotting import plot_losses

        plot_losses(out / LOSSES, out / "losses.png")
    except ImportError:
        said.line("no plot: it needs matplotlib, from the extra quoth[train]")
    said.line(f"weights: {weights}")


class _Said:
    """What is seen of a run: a bar on a terminal, elsewhere a line now and then; an epoch's figures
    also as a file in the run's folder.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._console = Console(stderr=True)
        self._began = self._last = time.monotonic()
        self._losses: deque[float] = deque(maxlen=50)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        is_shown = self._console.is_terminal
        self._progress = Progress(*columns, console=self._console, disable=not is_shown)
        self._task = self._progress.add_task("learning", total=None)

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def line(self, text: str) -> None:
        passed_s = time.monotonic() - self._began
        self._console.print(f"{passed_s:6.0f} s  {text}", highlight=False)

    def step(self, step: Step) -> None:
        self._losses.append(step.loss)
        self._progress.update(self._task, completed=step.step, total=step.steps)
        if not self._console.is_terminal and time.monotonic() - self._last > _SAID_EVERY_S:
            self._last = time.monotonic()
            mean = sum(self._losses) / len(self._losses)
            self.line(
                f"step {step.step} of {step.steps}, loss {mean:.3f}, "
                f"{step.tokens_per_s:.0f} tokens/s"
            )

    def epoch(self, epoch: int, figures: dict[str, dict[str, float]]) -> None:
        (self._out / f"epoch{epoch + 1}.json").write_text(json.dumps(figures, indent=1), "utf-8")
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures["all"].items())
        self.line(f"epoch {epoch + 1}: {shown}")


def main() -> None:
    """Runs the command; a mistake in its input is one sentence."""
    try:
        typer.run(train)
    except (FileNotFoundError, ValueError) as exc:
        sys.stderr.write(f"{exc}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. The same command goes on from the last checkpoint.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
