"""What speaks against a sentence, in words for a person."""

from rag.answering.verification.signals import Comparison

_MOST = 4
_MUCH = 0.3
_BEYOND = {
    "modality": "the evidence says otherwise what must or may be",
    "breadth": "the evidence says it of fewer, or not always",
    "condition": "the evidence makes a condition or an exception",
    "owned": "the evidence says it of something else of the owner's",
    "displaced_word": "the evidence says it of something else",
    "measure": "the evidence counts something else",
    "clause": "no one sentence of the evidence says a part of it",
}


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
    reasons += [told for name, told in _BEYOND.items() if getattr(signals, name) > _MUCH]
    if comparison.covered < 1 - _MUCH:
        reasons.append(f"the evidence covers only {comparison.covered:.0%} of what is said")
    return tuple(dict.fromkeys(reasons))[:_MOST] or ("the evidence says this only in part",)
