"""MCP between processes, with the SDK's own client: standard input and output, and HTTP."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.api.client import QUESTION, QUOTE
from tests.api.serving import QUOTH, Folder, Served, ingested_folder, served

T = TypeVar("T")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Folder:
    return ingested_folder(tmp_path_factory.mktemp("mcp"), model_cache)


@pytest.fixture(scope="module")
def server(folder: Folder) -> Iterator[Served]:
    with served(folder) as server:
        yield server


def with_agent(connection: object, use: Callable[[Client], Awaitable[T]], **options: str) -> T:
    async def connected() -> T:
        async with Client(connection, **options) as agent:  # type: ignore[arg-type]
            return await use(agent)

    return asyncio.run(connected())


async def ask(agent: Client) -> dict:
    result = await agent.call_tool("ask", {"question": QUESTION})
    assert not result.is_error
    assert result.structured_content is not None
    return result.structured_content


def stdio(folder: Folder, **settings: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=QUOTH,
        args=["mcp"],
        env={**folder.environment, **settings},
        cwd=folder.path,
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_that_starts_it_is_answered(folder: Folder, mode: str) -> None:
    answer = with_agent(stdio(folder), ask, mode=mode)
    assert answer["citations"][0]["cited_text"] == QUOTE


def test_nothing_but_the_protocol_is_on_standard_output(folder: Folder) -> None:
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    done = subprocess.run(
        [QUOTH, "mcp"],
        cwd=folder.path,
        env={**folder.environment, "QUOTH_LOG_LEVEL": "DEBUG"},
        input=json.dumps(begin) + "\nnot json\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(line["jsonrpc"] == "2.0" for line in lines)
    assert lines[0]["result"]["serverInfo"]["name"] == "quoth"


def test_without_an_index_a_tool_says_what_to_do(tmp_path: Path, model_cache: Path) -> None:
    async def failed(agent: Client) -> str:
        result = await agent.call_tool("ask", {"question": QUESTION})
        assert result.is_error
        return str(result.content)

    said = with_agent(stdio(Folder(tmp_path, model_cache)), failed)
    assert "quoth ingest" in said


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_server_answers_agents_over_http(server: Served, mode: str) -> None:
    answer = with_agent(f"{server.url}/mcp", ask, mode=mode)
    assert answer["citations"][0]["cited_text"] == QUOTE


def test_two_workers_answer_agents_over_http(folder: Folder) -> None:
    async def ask_often(agent: Client) -> list[dict]:
        return [await ask(agent) for _ in range(6)]

    with served(folder, "--workers", "2") as server:
        answers = with_agent(f"{server.url}/mcp", ask_often)
    assert {answer["status"] for answer in answers} == {"answered"}


def test_a_page_of_another_site_reaches_nothing(server: Served) -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    for headers, status in (
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ):
        response = httpx2.post(f"{server.url}/mcp", json=asked, headers={**accept, **headers})
        assert response.status_code == status, response.text


def test_where_keys_are_needed_an_agent_needs_one(tmp_path: Path, model_cache: Path) -> None:
    guarded = ingested_folder(tmp_path, model_cache)
    token = json.loads(guarded.run("keys", "add", "agent", "--scope", "ask", "--json"))["key"]

    async def ask_with_key() -> dict:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as agent,
        ):
            return await ask(agent)

    with served(guarded) as server:
        refused = httpx2.post(f"{server.url}/mcp", json={})
        assert refused.status_code == 401
        assert asyncio.run(ask_with_key())["status"] == "answered"


def test_without_the_package_it_says_how_to_install_it(folder: Folder) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None; "
        "from api.cli import run; from api.engine import Engine; sys.exit(run(['mcp'], Engine()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder.path,
        env=folder.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'quoth[mcp]'" in done.stderr
    assert done.stdout == ""
