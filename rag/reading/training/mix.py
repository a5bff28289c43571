"""How many rows of each set an epoch takes, and which of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from rag.reading.training.rows import Row


@dataclass(frozen=True, slots=True)
class Share:
    """Of a set: at most so many rows an epoch, each seen so many times in it."""

    rows: int = 1_000_000
    times: int = 1


MIX = {
    "squad_train_part": Share(),
    "squad_train_sample": Share(),
    "squadshifts_newwiki": Share(),
    "squadshifts_reddit": Share(4_000),
    "squadshifts_amazon": Share(4_000),
    "quoref": Share(),
    "fairytaleqa_train": Share(1_500),
    "timeqa_human": Share(),
    "nq_open_oracle": Share(),
    "qed_nq_dev": Share(),
    "tatqa_text": Share(times=2),
    "qamr_wiki": Share(1_500),
    "policyqa_dev": Share(400),
    "nq_swap": Share(1_000),
    "selqa_sentence": Share(1_000),
    "squad_question_sentence": Share(1_500),
    "boolq_dev": Share(1_500),
    "qmsum_relevance": Share(1_000),
    "synthetic_noanswer": Share(3_000),
    "synthetic_entity_swap": Share(4_000),
    "fever_part": Share(5_000),
    "fool_me_twice": Share(),
    "wice": Share(times=2),
    "condaqa_yesno": Share(),
    "mined": Share(6_000),
    "twins": Share(14_000),
    "written_unanswerable": Share(times=3),
}
"""Small sets of good rows are seen more often, large ones of one kind less. `mined`, `twins` and
`written_unanswerable` are made from the others or given on the command line."""


def epoch_rows(rows: Sequence[Row], epoch: int, mix: dict[str, Share] = MIX) -> list[Row]:
    """The rows of one epoch; each epoch takes others where a set has more than its share."""
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    taken: list[Row] = []
    for source, share in mix.items():
        of_set = sorted(by_source.get(source, ()), key=lambda row: _order(row.id))
        count = min(share.rows, len(of_set))
        first = epoch * count % max(1, len(of_set))
        turned = of_set[first:] + of_set[:first]
        taken += turned[:count] * share.times
    return taken


def _order(row_id: str) -> bytes:
    return hashlib.sha256(row_id.encode()).digest()
