"""Trains the reader: `python -m rag.reading.training ROWS --out FOLDER`.

ROWS is a folder of training rows (see `rows.py`). Everything a run makes goes to the folder of
`--out`; the same command takes up a run that was stopped.
"""

import json
import sys
import time
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
    cache_dir: Annotated[
        Path | None, typer.Option(help="Where the compiled embedding model is kept.")
    ] = None,
) -> None:
    """Train the reader on two cores or a GPU; the same command goes on where a run was stopped."""
    console = Console(stderr=True)
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:6.0f} s  {text}", highlight=False)

    settings = load_settings().model_copy(update={"data_dir": out / "data"})
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
        say=say,
    )
    say(f"{len(prepared.learned)} rows to learn from, {len(prepared.held_back)} held back")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    losses: list[float] = []
    said = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("learning", total=None)

        def on_step(step: Step) -> None:
            nonlocal said
            losses.append(step.loss)
            mean = sum(losses[-50:]) / len(losses[-50:])
            progress.update(task, completed=step.step, total=step.steps)
            if not console.is_terminal and time.monotonic() - said > _SAID_EVERY_S:
                said = time.monotonic()
                say(
                    f"step {step.step} of {step.steps}, loss {mean:.3f}, "
                    f"{step.tokens_per_s:.0f} tokens/s"
                )

        def on_epoch(epoch: int, figures: dict[str, dict[str, float]]) -> None:
            (out / f"epoch{epoch + 1}.json").write_text(json.dumps(figures, indent=1))
            said_of = "  ".join(f"{name} {value:.3f}" for name, value in figures["all"].items())
            say(f"epoch {epoch + 1}: {said_of}")

        weights = learn(
            prepared,
            out,
            folder,
            replace(_DEFAULTS, epochs=epochs, most_steps=most_steps, seed=seed),
            on_step=on_step,
            on_epoch=on_epoch,
        )
    try:
        from rag.reading.training.plotting import plot_losses

        plot_losses(out / LOSSES, out / "losses.png")
    except ImportError:
        say("no plot: it needs matplotlib, from the extra quoth[train]")
    say(f"weights: {weights}")


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
