"""The MCP tools as an agent sees them, with the SDK's own client, in one process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ResourceLink, TextContent

from api.mcp_server import make_server
from rag.filters import Access
from rag.service import Service
from rag.settings import Settings
from rag.types import Answer
from tests.api.client import LEAVE, QUESTION, QUOTE, UNANSWERABLE

T = TypeVar("T")


def with_agent(
    service: Service,
    use: Callable[[Client], Awaitable[T]],
    **options: Any,
) -> T:
    """What an agent gets that is connected to the server."""

    async def connected() -> T:
        async with Client(make_server(service, Settings(), **options)) as agent:
            return await use(agent)

    return asyncio.run(connected())


def call(service: Service, tool: str, /, **arguments: Any) -> CallToolResult:
    return with_agent(service, lambda agent: agent.call_tool(tool, arguments))


def text_of(result: CallToolResult) -> str:
    (text,) = [each.text for each in result.content if isinstance(each, TextContent)]
    return text


def structured(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content


def leave_id(service: Service) -> str:
    (listed,) = structured(call(service, "list_documents", filters={"filename": "*leave.md"}))[
        "documents"
    ]
    return str(listed["id"])


def test_the_tools_are_described_typed_and_marked_as_reading(service: Service) -> None:
    tools = with_agent(service, lambda agent: agent.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "search", "get_document", "list_documents"]
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"


def test_the_server_tells_agents_to_cite(service: Service) -> None:
    async def told(agent: Client) -> str | None:
        return agent.instructions

    assert "Cite" in (with_agent(service, told) or "")


def test_an_answer_comes_with_its_quotes_in_words_and_as_data(service: Service) -> None:
    result = call(service, "ask", question=QUESTION)
    answer = structured(result)
    assert answer["status"] == "answered"
    assert answer["citations"][0]["cited_text"] == QUOTE
    assert answer["conversation_id"] is None
    assert f"[1] hr/leave.md:3 (quoth://documents/{answer['citations'][0]['file_id']})" in text_of(
        result
    )
    assert QUOTE in text_of(result)


def test_the_cited_documents_are_linked_as_resources_that_can_be_read(service: Service) -> None:
    async def follow(agent: Client) -> str:
        result = await agent.call_tool("ask", {"question": QUESTION})
        (link,) = [each for each in result.content if isinstance(each, ResourceLink)]
        (contents,) = (await agent.read_resource(str(link.uri))).contents
        return contents.text

    assert with_agent(service, follow) == LEAVE


def test_what_is_not_found_is_said_with_the_nearest_passages(service: Service) -> None:
    result = call(service, "ask", question=UNANSWERABLE)
    assert structured(result)["status"] == "not_found"
    assert "do not answer" in text_of(result)


def test_filters_reach_the_answer(service: Service) -> None:
    result = call(service, "ask", question=QUESTION, filters={"filename": "tunnels.txt"})
    assert structured(result)["status"] == "not_found"


def test_a_question_is_kept_in_a_conversation_only_when_it_is_wanted(service: Service) -> None:
    call(service, "ask", question=QUESTION)
    assert service.conversations.store.list() == ()
    begun = structured(call(service, "ask", question=QUESTION, conversation_id="new"))
    known = begun["conversation_id"]
    again = structured(call(service, "ask", question="Is it paid?", conversation_id=known))
    assert again["conversation_id"] == known
    assert len(service.conversations.store.turns(known)) == 4


def test_a_search_gives_passages(service: Service) -> None:
    result = call(service, "search", query="parental leave", k=1)
    (hit,) = structured(result)["hits"]
    assert hit["filename"] == "hr/leave.md"
    assert "1. hr/leave.md:" in text_of(result)


def test_a_document_is_read_whole_or_in_part(service: Service) -> None:
    document_id = leave_id(service)
    assert structured(call(service, "get_document", id=document_id))["text"] == LEAVE
    start = LEAVE.index(QUOTE)
    part = structured(
        call(service, "get_document", id=document_id, start=start, end=start + len(QUOTE))
    )
    assert part["text"] == QUOTE
    assert part["text_start_char_index"] == start
    assert part["length_chars"] == len(LEAVE)


def test_documents_are_listed_a_page_at_a_time(service: Service) -> None:
    first = structured(call(service, "list_documents", limit=2))
    assert [each["filename"] for each in first["documents"]] == ["hostile.md", "hr/leave.md"]
    rest = structured(call(service, "list_documents", limit=2, after=first["next"]))
    assert [each["filename"] for each in rest["documents"]] == ["tunnels.txt"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {"question": "?"}, "Ask in words"),
        ("ask", {"question": ""}, "at least 1 character"),
        ("ask", {"question": "What?", "k": 1000}, "less than or equal to 100"),
        ("ask", {"question": "What?", "conversation_id": "conv_0"}, "conv_0"),
        ("search", {"query": "What?", "filters": {"author": "Ada"}}, "author"),
        ("get_document", {"id": "doc_0"}, "doc_0"),
        ("list_documents", {"after": "doc_0"}, "doc_0"),
        ("no_such_tool", {}, "no_such_tool"),
    ],
)
def test_a_mistake_is_a_tool_error_in_words(
    service: Service, tool: str, arguments: dict[str, Any], said: str
) -> None:
    result = call(service, tool, **arguments)
    assert result.is_error
    assert said in text_of(result)
    assert "Traceback" not in text_of(result)


def test_characters_outside_a_document_are_refused(service: Service) -> None:
    result = call(service, "get_document", id=leave_id(service), start=10_000)
    assert result.is_error
    assert f"{len(LEAVE)} characters" in text_of(result)


def test_a_bug_tells_an_agent_nothing_of_the_inside(service: Service) -> None:
    def broken(answer: Answer) -> None:
        raise RuntimeError("secret path")

    result = with_agent(
        service, lambda agent: agent.call_tool("ask", {"question": QUESTION}), on_answer=broken
    )
    assert result.is_error
    assert "secret" not in text_of(result)


def test_an_unknown_resource_is_an_error_of_the_protocol(service: Service) -> None:
    async def read(agent: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await agent.read_resource("quoth://documents/doc_0")
        return str(caught.value)

    assert "doc_0" in with_agent(service, read)


def test_what_a_caller_may_not_see_is_not_there(service: Service) -> None:
    document_id = leave_id(service)
    result = with_agent(
        service,
        lambda agent: agent.call_tool("get_document", {"id": document_id}),
        access_of=lambda context: Access(collections=("other",)),
    )
    assert result.is_error
