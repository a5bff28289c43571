import numpy as np
import pytest

from rag.answering import abstention
from rag.evaluation.reader_confidence import SHIPPED_FIT, Candidate, fit_confidence, samples_of
from rag.evaluation.reader_table import SHIPPED_WEIGHING, Weighing, table_of, verdicts
from rag.reading import blend
from rag.reading.base import Reading
from tests.rag.evaluation.signals import SEARCH, make_passage, make_question

READER = Weighing(margin=0.0, answerable=1.0, passage=0.5)


def test_the_passage_that_is_put_first_counts() -> None:
    question = make_question(
        make_passage("a", 1.0, answerable=-3.0, margin=-5.0),
        make_passage("b", 0.9, answerable=3.0, margin=7.0, span="percent"),
        make_passage("c", 0.1, answerable=2.0, margin=1.0, span="35 percent"),
    )
    (sample,) = samples_of([question], READER)
    assert sample.features is not None
    named = {key: sample.features[key] for key in ("margin", "answerable", "verdict", "agreement")}
    assert named == {"margin": 7.0, "answerable": 3.0, "verdict": 2.375, "agreement": 1.0}


@pytest.mark.parametrize(("margin", "answerable"), [(8.0, 3.0), (2.0, -1.0), (-6.0, -4.0)])
def test_as_quoth_weighs_is_what_an_answer_is_made_with(margin: float, answerable: float) -> None:
    question = make_question(make_passage(margin=margin, answerable=answerable))
    reading = Reading((0, 1), margin, answerable, 0.0)
    (sample,) = samples_of([question], SHIPPED_WEIGHING)
    said = verdicts(table_of([question]), SHIPPED_WEIGHING)[0, 0]
    assert said == pytest.approx(blend.verdict(reading))
    wanted = blend.confidence(abstention.logit(SEARCH), [reading])
    assert SHIPPED_FIT.confidence(sample) == pytest.approx(wanted)


def test_a_question_without_a_sentence_has_no_confidence() -> None:
    samples = samples_of(
        [
            *(answered(n, answerable=n % 2 == 0) for n in range(40)),
            make_question(search=None, identity="x"),
        ],
        READER,
    )
    fit = fit_confidence(samples, Candidate("reader", ("answerable",)))
    assert (samples[-1].features, fit.confidence(samples[-1])) == (None, 0.0)


def test_follow_ups_are_left_out() -> None:
    assert samples_of([make_question(make_passage(), has_history=True)], READER) == []


def test_a_fit_tells_what_the_reader_tells_apart() -> None:
    samples = samples_of([answered(n, answerable=n % 3 > 0) for n in range(300)], READER)
    fit = fit_confidence(samples, Candidate("both", ("search", "answerable")))
    given = np.array([fit.confidence(each) for each in samples])
    right = np.array([each.question.answerable for each in samples])
    assert given[right].min() > given[~right].max()
    lines = fit.not_found_below
    assert lines["eager"] < lines["balanced"] < lines["strict"]
    fitted = np.array([each.question.is_fitted for each in samples])
    assert (given[right & fitted] < lines["strict"]).mean() == pytest.approx(0.1, abs=0.02)
    assert fit.numbers().startswith("1 ")


def answered(number: int, *, answerable: bool):
    logit = (2.0 if answerable else -2.0) + number % 97 / 100
    passage = make_passage(answerable=logit)
    return make_question(passage, identity=f"q{number}", answerable=answerable)
