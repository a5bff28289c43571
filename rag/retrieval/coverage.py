"""How much of what was asked some words cover: shares of the words looked for, by rarity."""

from collections.abc import Mapping, Sequence, Set

MISSED_SHARE = 0.25
"""Of the weight of earlier turns' words, what their absence costs: at 1, one follow-up in nine of
MTRAG was refused that has an answer, at 0 the context was forgotten in the choice of sentences."""


class QuestionWords:
    """The words that are looked for.

    Words of earlier turns make up for missing ones, and are little missed themselves: "Can it
    withstand cold?" is nearly covered by a sentence about cold that does not name the bus.

    Args:
        weights: Rarity of each word, times the weight of the text it stands in: 1 for the question,
            less for earlier turns.
        own: The question's own words.
    """

    def __init__(self, weights: Mapping[str, float], own: Set[str]) -> None:
        self.weights = weights
        self.own = own
        own_weight = self._weight_of(own)
        self._total = own_weight + MISSED_SHARE * (sum(weights.values()) - own_weight)

    def share(self, words: Set[str]) -> float:
        """What the words cover, 0 to 1."""
        return min(1.0, self._weight_of(words) / self._total) if self._total else 0.0

    def best_share(self, framing: Set[str], sentences: Sequence[Set[str]]) -> float:
        """The largest share that one of the sentences covers together with what frames them all;
        0 without a sentence.
        """
        if not sentences or not self._total:
            return 0.0
        framed = self._weight_of(framing)
        rest = [each for each in self.weights.items() if each[0] not in framing]
        best = max(sum([weight for word, weight in rest if word in each]) for each in sentences)
        return min(1.0, (framed + best) / self._total)

    def _weight_of(self, words: Set[str]) -> float:
        return sum([weight for word, weight in self.weights.items() if word in words])
