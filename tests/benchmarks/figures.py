"""A measured figure and the bar it is held to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its unit; `bar` is None where it is shown for information."""

    name: str
    value: float
    unit: str = ""
    bar: float | None = None
    direction: Direction = "at least"

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without a bar."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.direction == "at least" else self.value <= self.bar


def as_json(figures: Sequence[Figure], missing: Sequence[str]) -> dict[str, object]:
    """Figures for programs."""
    return {
        "figures": [
            {
                "name": figure.name,
                "value": round(figure.value, 4),
                "unit": figure.unit,
                "bar": figure.bar,
                "direction": figure.direction if figure.bar is not None else None,
                "met": figure.met,
            }
            for figure in figures
        ],
        "missing": list(missing),
    }


def print_table(figures: Sequence[Figure], missing: Sequence[str]) -> None:
    """Figures for people, and what could not be measured."""
    from rich.table import Table

    from api.terminal import make_console

    table = Table("figure", "value", "bar", "met")
    verdicts = {True: "yes", False: "NO", None: ""}
    for figure in figures:
        bar = "" if figure.bar is None else f"{figure.direction} {figure.bar:g} {figure.unit}"
        value = f"{figure.value:,.3g}" if figure.value < 1000 else f"{figure.value:,.0f}"
        table.add_row(figure.name, f"{value} {figure.unit}", bar, verdicts[figure.met])
    console = make_console()
    console.print(table)
    for sentence in missing:
        console.print(sentence)
