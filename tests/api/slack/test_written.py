"""Answers of a language model, streamed into Slack as they are written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.slack.live import Pace
from tests.api.client import QUESTION
from tests.api.slack.botting import answers, await_answer, bot_in, slack_settings, tuned
from tests.llm.model_server import ModelServer, Reply, serving
from tests.llm.writing import open_written_service
from tests.slack.server import SlackStandIn
from tests.slack.world import World

WRITTEN = "It is **sixteen weeks** long [1]. It is paid in full by the company [1]."


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def written(
    tmp_path_factory: pytest.TempPathFactory, slack: SlackStandIn, model: ModelServer
) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("written")
    model.says(Reply(WRITTEN, piece_s=0.03))
    settings = slack_settings(
        folder / "data", slack, llm_base_url=model.base_url, llm_model="scripted"
    )
    pace = Pace(begin_after_s=0.0, append_every_s=0.0, edit_every_s=0.0)
    with (
        open_written_service(settings) as service,
        bot_in(slack, service, settings, tuned(pace=pace)),
    ):
        yield slack.world


def test_a_written_answer_grows_and_ends_with_its_sources(written: World):
    ts = written.say("C1", "U2", QUESTION)
    said = await_answer(written, "C1", ts)
    assert "sixteen weeks" in said.shown
    assert "Leave policy" in said.shown
    assert len(said.versions) > 2
    assert len(answers(written, "C1", ts)) == 1
    assert written.refused == []


def test_a_model_that_breaks_off_in_the_middle_leaves_one_whole_answer(
    written: World, model: ModelServer
):
    model.says(Reply(WRITTEN, piece_s=0.03, breaks_after=40))
    ts = written.say("C1", "U2", QUESTION)
    said = await_answer(written, "C1", ts, timeout_s=30)
    assert "sixteen weeks" in said.shown
    assert not said.streaming
    assert len(answers(written, "C1", ts)) == 1
