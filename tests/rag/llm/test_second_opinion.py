import time

import pytest

from rag.answering.verification.base import EvidenceText, Piece
from rag.answering.verification.verifier import Verifier
from rag.llm.client import OpenAIModel
from rag.llm.prompts import load_prompts
from rag.llm.second_opinion import SecondOpinion
from rag.types import Support
from tests.llm.model_server import ModelServer, Reply, error

TEXT = "Parental leave is sixteen weeks long."
TRUE = Piece("Parental leave lasts sixteen weeks.", (0,))
FALSE = Piece("Parental leave lasts ninety weeks.", (0,))


def support(server: ModelServer, piece: Piece, left_s: float = 5.0) -> Support:
    model = OpenAIModel(base_url=server.base_url, name="m", retries=0)
    model.prepare()
    first = Verifier([EvidenceText(TEXT)])
    deadline = time.monotonic() + left_s
    checker = SecondOpinion(first, model, load_prompts(), [TEXT], deadline=deadline)
    verdict = checker.check(piece)
    assert bool(verdict.spans) == (verdict.support != "unsupported")
    model.close()
    return verdict.support


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("YES", "supported"),
        ("Partly.", "weak"),
        ("NO, it says otherwise", "unsupported"),
        ("I am not sure.", "supported"),
        (error(500), "supported"),
        (Reply("NO", first_token_s=5), "supported"),
    ],
)
def test_a_verdict_is_only_lowered_and_only_by_a_clear_word(
    said: str | Reply, wanted: Support, model_server: ModelServer
) -> None:
    model_server.says(said)
    assert support(model_server, TRUE, left_s=1.0) == wanted


def test_what_is_unsupported_stays_so_and_nobody_is_asked(model_server: ModelServer) -> None:
    model_server.says("YES")
    assert support(model_server, FALSE) == "unsupported"
    assert model_server.asked == []


def test_nobody_is_asked_when_the_time_is_up(model_server: ModelServer) -> None:
    model_server.says("NO")
    assert support(model_server, TRUE, left_s=-1.0) == "supported"
    assert model_server.asked == []
