"""Every failure that is injected gets a reply; the benchmark goes through all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.errors import TABLE
from rag import errors
from tests.api.client import QUOTE
from tests.api.slack.botting import answers
from tests.api.slack.injected import Stage, reply_to, staged


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("staged")) as stage:
        yield stage


@pytest.mark.parametrize(
    "name",
    [
        "the store is locked for 1.5 s",
        "the index's files are gone",
        "users.info answers 500",
        "every call answers 500, three times",
    ],
)
def test_the_answer_comes_all_the_same(stage: Stage, name: str):
    said = reply_to(stage, name)
    assert said is not None
    assert QUOTE in said.shown
    assert len(answers(stage.slack.world, "C1", said.thread_ts)) == 1


def test_a_language_model_that_is_down_is_said_with_the_quote(stage: Stage):
    said = reply_to(stage, "the language model is down")
    assert said is not None
    assert QUOTE in said.shown
    assert "model" in said.shown


def test_what_only_an_operator_can_mend_is_said_with_an_id(stage: Stage):
    said = reply_to(stage, "the index is another model's")
    assert said is not None and said.metadata is not None
    assert TABLE[errors.IndexMismatch].chat in said.shown
    assert said.metadata["event_payload"]["event_id"] in said.shown


def test_an_empty_index_is_said(tmp_path: Path):
    with staged(tmp_path, texts={}) as stage:
        said = reply_to(stage, "nothing was ingested")
        assert said is not None
        assert TABLE[errors.NothingIndexed].chat in said.shown
