"""How much of what was asked some words cover: shares of the words looked for, by rarity."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

MISSED_SHARE = 0.25
"""Of the weight of earlier turns' words, what their absence costs: at 1, one follow-up in nine of
MTRAG was refused that has an answer, at 0 the context was forgotten in the choice of sentences."""


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The words that are looked for.

    Attributes:
        weights: Rarity of each word, times the weight of the text it stands in: 1 for the question,
            less for earlier turns.
        own: The question's own words.
    """

    weights: Mapping[str, float]
    own: Set[str]

    def weight_of(self, words: Set[str]) -> float:
        """The sum of the weights of those of the words that are looked for."""
        return sum(weight for word, weight in self.weights.items() if word in words)

    @property
    def total(self) -> float:
        """What covers the question whole: its own words, and a part of those of earlier turns."""
        own = self.weight_of(self.own)
        return own + MISSED_SHARE * (sum(self.weights.values()) - own)

    def share(self, words: Set[str]) -> float:
        """What the words cover, 0 to 1.

        Words of earlier turns make up for missing ones, and are little missed themselves: "Can it
        withstand cold?" is nearly covered by a sentence about cold that does not name the bus.
        """
        total = self.total
        return min(1.0, self.weight_of(words) / total) if total else 0.0
