"""What speaks against a sentence, in words for a person."""

from rag.answering.verification.signals import Comparison

_MOST = 4
_MUCH = 0.3


def reasons_of(comparison: Comparison) -> tuple[str, ...]:
    """The reasons, worst first; never empty."""
    signals = comparison.signals
    reasons = [f"the evidence does not name {item.text!r}" for item in comparison.missing]
    reasons += [
        f"the evidence has something else in the place of {item.text!r}"
        for item in comparison.displaced
        if item not in comparison.missing
    ]
    if signals.denial > _MUCH or signals.denials:
        reasons.insert(0, "what one of the two denies, the other states")
    reasons += [
        f"the evidence says the opposite of {item.text!r}" for item in comparison.opposites[:1]
    ]
    if comparison.covered < 1 - _MUCH:
        reasons.append(f"the evidence covers only {comparison.covered:.0%} of what is said")
    return tuple(dict.fromkeys(reasons))[:_MOST] or ("the evidence says this only in part",)
