from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.slack.server import SlackStandIn
from tests.slack.state import BOT_TOKEN


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as running:
        yield running


@pytest.fixture
def client(slack: SlackStandIn) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=slack.api_url)
