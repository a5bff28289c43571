import pytest

from rag.evaluation.figures import FIGURES, figures_of
from tests.rag.evaluation.records import make_record

ANSWERED = make_record("a")
WRONGLY_REFUSED = make_record("b", answered=False, confidence=0.3)
RIGHTLY_REFUSED = make_record("c", answerable=False, answered=False, confidence=0.1)
WRONGLY_ANSWERED = make_record("d", answerable=False, confidence=0.5)
OFF_TOPIC = make_record("e", role="off_topic", answerable=False, answered=False, confidence=0.0)


def values(*records) -> dict[str, float]:
    return {figure.kind.key: figure.value for figure in figures_of(records)}


def test_every_figure_has_a_key_of_its_own() -> None:
    assert len({kind.key for kind in FIGURES}) == len(FIGURES)


def test_figures_that_do_not_apply_are_left_out() -> None:
    assert values(make_record("a", hit_at_1=1.0)) == {"hit_at_1": 1.0}
    assert values() == {}


def test_a_mean_is_over_the_questions_that_have_the_value() -> None:
    (figure,) = figures_of(
        [make_record("a", hit_at_1=1.0), make_record("b", hit_at_1=0.0), ANSWERED]
    )
    assert (figure.value, figure.n) == (0.5, 2)


def test_refusals_are_the_positive_class() -> None:
    figures = values(ANSWERED, WRONGLY_REFUSED, RIGHTLY_REFUSED, WRONGLY_ANSWERED)
    assert (figures["abstention_precision"], figures["abstention_recall"]) == (0.5, 0.5)
    assert figures["auroc"] == 0.75


def test_off_topic_questions_have_figures_of_their_own() -> None:
    figures = values(ANSWERED, WRONGLY_REFUSED, WRONGLY_ANSWERED, OFF_TOPIC)
    assert (figures["abstention_recall"], figures["off_topic_abstention_recall"]) == (0.0, 1.0)
    assert (figures["auroc"], figures["off_topic_auroc"]) == (0.5, 1.0)


def test_unclear_questions_and_rewrites_are_no_matter_of_abstention() -> None:
    unclear = make_record("u", role="unclear", answerable=False)
    rewrite = make_record("r", role="rewrite", answerable=False, confidence=0.0)
    assert values(ANSWERED, unclear, rewrite) == {}


def test_what_was_recovered_is_a_share_of_what_the_rewrite_gains() -> None:
    pair = make_record(
        "r",
        role="rewrite",
        answerable=False,
        followup_last_turn=0.5,
        followup_own=0.65,
        followup_rewrite=0.7,
    )
    assert values(pair)["followup_recovered"] == pytest.approx(0.75)


def test_nothing_is_recovered_where_the_rewrite_gains_nothing() -> None:
    pair = make_record(
        "r", role="rewrite", followup_last_turn=0.5, followup_own=0.6, followup_rewrite=0.5
    )
    assert "followup_recovered" not in values(pair)
