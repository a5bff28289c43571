"""Draws the losses of a run."""

import csv
from pathlib import Path

SMOOTHED_OVER = 50


def plot_losses(losses: Path, picture: Path) -> None:
    """Writes a picture of a run's losses, each step's and their running mean."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with losses.open(newline="", encoding="utf-8") as lines:
        rows = [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(lines)]
    steps, values = [step for step, _ in rows], [loss for _, loss in rows]
    smooth = [
        sum(values[max(0, at - SMOOTHED_OVER) : at + 1]) / (at + 1 - max(0, at - SMOOTHED_OVER))
        for at in range(len(values))
    ]
    figure, axes = pyplot.subplots(figsize=(8, 4))
    axes.plot(steps, values, color="#c8d2dc", linewidth=0.6)
    axes.plot(steps, smooth, color="#1f4e79", linewidth=1.6)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_title("Training the reader")
    figure.tight_layout()
    figure.savefig(picture, dpi=120)
    pyplot.close(figure)
