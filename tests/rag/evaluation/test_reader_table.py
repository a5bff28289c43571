import numpy as np
import pytest

from rag.evaluation.ranking import NDCG, ranking_values
from rag.evaluation.reader_signals import SentenceSignals
from rag.evaluation.reader_table import Weighing, first_sentences, is_read, order, ranking, table_of
from tests.rag.evaluation.signals import make_passage, make_question

READER = Weighing(margin=0.0, answerable=1.0, passage=0.5)


def test_without_weight_the_search_orders() -> None:
    question = make_question(
        make_passage("a", 1.0, answerable=-4.0), make_passage("b", 0.9, answerable=4.0)
    )
    assert order(table_of([question]), Weighing()).tolist() == [[0, 1]]
    assert order(table_of([question]), READER).tolist() == [[1, 0]]


def test_a_verdict_promotes_from_a_line_on_and_no_more_than_so_far() -> None:
    question = make_question(make_passage("a", 1.0), make_passage("b", 0.4, answerable=9.0))
    table = table_of([question])
    assert order(table, Weighing(0.0, 1.0, passage=0.5)).tolist() == [[1, 0]]
    assert order(table, Weighing(0.0, 1.0, passage=0.5, promoted_from=8.0)).tolist() == [[0, 1]]
    assert order(table, Weighing(0.0, 1.0, passage=0.5, most_promoted=1.0)).tolist() == [[0, 1]]


def test_no_passage_behind_the_first_is_read_where_one_of_them_answers_surely() -> None:
    passages = [make_passage(str(n), 1.0 - n / 10, answerable=n) for n in range(5)]
    table = table_of([make_question(*passages)])
    assert is_read(table, Weighing(0.0, 1.0, sure=2.0)).sum() == 3
    assert is_read(table, Weighing(0.0, 1.0, sure=2.5)).sum() == 5


def test_what_is_not_there_is_never_read_and_comes_last() -> None:
    long = make_question(make_passage("a"), make_passage("b"), identity="long")
    table = table_of([long, make_question(make_passage("a", answerable=-9.0), identity="short")])
    assert is_read(table, READER).tolist() == [[True, True], [True, False]]
    assert order(table, READER)[1].tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_the_ranking_figures_are_those_of_the_usual_measures(seed: int) -> None:
    draw = np.random.default_rng(seed)
    names = [f"f{n}" for n in range(8)]
    passages = [
        make_passage(str(draw.choice(names)), float(draw.random()), answerable=float(draw.normal()))
        for _ in range(draw.integers(1, 11))
    ]
    right = tuple(draw.choice(names, 3, replace=False).tolist())
    others = tuple(draw.permutation([*names, "x", "y", "z"]).tolist())
    question = make_question(*passages, right=right, others=others)
    table = table_of([question])
    ordered = [passages[place].file for place in order(table, READER)[0]]
    wanted = ranking_values(list(dict.fromkeys([*ordered, *others])), right)
    found = ranking(table, READER)
    assert found["hit_at_1"][0] == wanted["hit_at_1"]
    assert found[NDCG][0] == pytest.approx(wanted[NDCG])


def test_a_question_without_a_right_file_has_no_ranking_figure() -> None:
    values = ranking(table_of([make_question(make_passage(), right=())]), READER)
    assert np.isnan(values["hit_at_1"][0])


def test_the_sentence_with_the_span_gains_what_the_reader_gives_it() -> None:
    plain = SentenceSignals(1.0, touched=False, right=False)
    touched = SentenceSignals(0.8, touched=True, right=True)
    question = make_question(
        make_passage(answerable=2.0, margin=3.0, exact=1.0, sentences=(plain, touched))
    )
    table = table_of([question])
    assert first_sentences(table, Weighing())["right"].tolist() == [0.0]
    assert first_sentences(table, Weighing())["exact"].tolist() == [0.0]
    given = first_sentences(table, Weighing(0.0, 1.0, bonus=0.2))
    assert [given[key].tolist() for key in ("right", "exact", "margin")] == [[1.0], [1.0], [3.0]]


def test_sentences_of_the_best_passages_alone_are_quoted() -> None:
    sentences = (SentenceSignals(9.0, touched=True, right=True),)
    last = make_passage(score=0.0, answerable=-4.0, sentences=sentences)
    first = [
        make_passage(sentences=(SentenceSignals(1.0, touched=False, right=False),))
        for _ in range(5)
    ]
    assert first_sentences(table_of([make_question(*first, last)]), READER)["right"].tolist() == [0]
