"""Plots as inline SVG: numbers in, markup out, no text that comes from a document.

Colours are CSS variables of the page, so that a plot is dark where the page is.
"""

from collections.abc import Sequence

from rag.evaluation.confidence import Bin, TradeOff

WIDTH, HEIGHT, MARGIN = 420, 300, 44
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LARGEST_DOT, _SMALLEST_DOT = 12.0, 3.0


def reliability_chart(bins: Sequence[Bin]) -> str:
    """How often the documents did answer, over the confidence that they do; a dot's area grows with
    its questions. Dots on the diagonal are what one wants.
    """
    most = max((each.size for each in bins), default=1)
    dots = "".join(
        f'<circle class="dot" cx="{_x(each.confidence):.1f}" cy="{_y(each.right):.1f}" '
        f'r="{max(_SMALLEST_DOT, _LARGEST_DOT * (each.size / most) ** 0.5):.1f}">'
        f"<title>{each.size} questions: confidence {each.confidence:.2f}, "
        f"answerable {each.right:.2f}</title></circle>"
        for each in bins
    )
    line = _line([(each.confidence, each.right) for each in bins], "curve")
    diagonal = _line([(0, 0), (1, 1)], "guide")
    return _chart("confidence", "share that is answerable", diagonal + line + dots)


def trade_off_chart(curve: Sequence[TradeOff], current: tuple[float, float]) -> str:
    """False answers over false refusals as the threshold moves.

    Args:
        curve: By threshold.
        current: False refusals and false answers as they were.
    """
    points = [(each.false_refusals, each.false_answers) for each in curve]
    x, y = current
    dot = (
        f'<circle class="now" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="6">'
        f"<title>now: {x:.3f} refused, {y:.3f} answered</title></circle>"
    )
    axes = ("answerable questions refused", "unanswerable questions answered")
    return _chart(*axes, _line(points, "curve") + dot)


def _chart(x_label: str, y_label: str, content: str) -> str:
    grid = "".join(
        f'<line class="grid" x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick)}" y2="{_y(tick)}"/>'
        f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>'
        f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick:g}</text>'
        for tick in _TICKS
    )
    middle = HEIGHT / 2
    labels = (
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">{x_label}</text>'
        f'<text x="12" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle})">{y_label}</text>'
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{y_label} over {x_label}">'
        f"{grid}{content}{labels}</svg>"
    )


def _line(points: Sequence[tuple[float, float]], css_class: str) -> str:
    joined = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline class="{css_class}" points="{joined}"/>'


def _x(share: float) -> float:
    return MARGIN + share * (WIDTH - MARGIN - 16)


def _y(share: float) -> float:
    return HEIGHT - MARGIN - share * (HEIGHT - MARGIN - 12)
