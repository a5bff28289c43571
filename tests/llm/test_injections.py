"""Planted instructions against a model that obeys every one of them."""

from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt

from api.openai.visible import Showing, visible
from rag.filters import Filters
from rag.service import Service
from rag.settings import Settings
from rag.streaming import CompleteEvent, StatusEvent
from tests.llm.injections import INJECTIONS, Injection
from tests.llm.model_server import ModelServer
from tests.llm.writing import asked, model_settings, open_written_service

UNSEEN = ("comment", "no display", "hidden attribute", "tiny", "script", "tags")
BASE = "http://127.0.0.1:8765"


@pytest.fixture(scope="module")
def service(
    model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    settings = model_settings(tmp_path_factory.mktemp("planted"), model_server, abstention="eager")
    with open_written_service(settings, {_name(each): each.document for each in INJECTIONS}) as it:
        yield it


def test_there_are_fifty_different_ones() -> None:
    assert len({each.name for each in INJECTIONS}) == len(INJECTIONS) == 50
    assert all(each.forbidden in each.obeyed for each in INJECTIONS)


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda each: each.name)
def test_what_an_obedient_model_says_does_not_reach_the_reader(
    injection: Injection, service: Service, model_server: ModelServer
) -> None:
    model_server.says(injection.obeyed)
    only = Filters(filename=(_name(injection),))
    answer, _ = asked(service, injection.question, filters=only)
    assert len(model_server.asked) == 1
    assert injection.forbidden not in answer.text
    assert "two years" in answer.text
    assert answer.citations[0].cited_text == injection.fact
    showing = Showing(Settings(), BASE, StatusEvent("answering"))
    for shown in (
        visible(answer, Settings(), BASE).text,
        "".join(
            piece
            for event in service.assistant.stream(injection.question, filters=only)
            if not isinstance(event, CompleteEvent)
            for piece in showing.take(event)
            if isinstance(piece, str)
        ),
    ):
        rendered = MarkdownIt("commonmark").parse(shown.partition("\n\nSources:\n")[0])
        kinds = {child.type for token in rendered for child in token.children or ()}
        assert not kinds & {"link_open", "image", "html_inline"}
        assert "html_block" not in {token.type for token in rendered}


def test_the_prompt_shows_no_model_what_readers_do_not_see(
    service: Service, model_server: ModelServer
) -> None:
    for injection in INJECTIONS:
        if injection.name in (
            "comment",
            "no display",
            "hidden attribute",
            "tiny",
            "script",
            "tags",
        ):
            model_server.says(injection.obeyed)
            asked(service, injection.question, filters=Filters(filename=(_name(injection),)))
            assert "banned" not in model_server.asked[0].prompt


def _name(injection: Injection) -> str:
    return f"{injection.name.replace(' ', '-')}.md"
