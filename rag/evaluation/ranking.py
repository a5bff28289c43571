"""How well the right documents are ranked, computed by ir-measures (trec_eval's own code).

Gains are binary; nDCG discounts by log2(rank + 1) (Järvelin and Kekäläinen, 2002).
"""

from collections.abc import Collection, Sequence

from rag.evaluation.metrics import accepted_file
from rag.types import Hit

DEPTH = 50
"""Passages retrieved, so that ten documents are among them where several passages are of one."""

NDCG = "ndcg_at_10"
_NAMES = {
    "nDCG@10": NDCG,
    "R@5": "recall_at_5",
    "R@10": "recall_at_10",
    "Success@1": "hit_at_1",
    "RR@10": "mrr_at_10",
}


def ranked_files(hits: Sequence[Hit], sources: Sequence[str]) -> tuple[str, ...]:
    """The documents of hits, each at its best one; an accepted document under the name that
    `sources` has for it, another under its id.
    """
    names = (
        accepted_file(hit.document.paths or (hit.document.uri,), sources) or hit.document.id
        for hit in hits
    )
    return tuple(dict.fromkeys(names))


def ranking_values(ranked: Sequence[str], relevant: Collection[str]) -> dict[str, float]:
    """nDCG@10, recall@5 and @10, hit@1 and MRR@10 of one ranking, best first.

    Args:
        ranked: Each document once.
        relevant: At least one.
    """
    from ir_measures import iter_calc, parse_measure

    measures = [parse_measure(name) for name in _NAMES]
    judged = {"q": dict.fromkeys(relevant, 1)}
    # Scores that fall with the rank: trec_eval orders by score, not by place.
    run = {"q": {name: float(-rank) for rank, name in enumerate(ranked)}}
    found = {str(each.measure): float(each.value) for each in iter_calc(measures, judged, run)}
    return {key: found.get(name, 0.0) for name, key in _NAMES.items()}
