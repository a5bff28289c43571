from api.passages import cited_passage, segments
from api.slack.rendering import actions
from api.slack.rendering.modals import comment_modal, comment_of, notice_modal, passage_modal
from tests.answers import QUOTE, Texts, make_answer, make_citation, make_document
from tests.api.slack.rendered import PUBLIC_URL, leaves
from tests.slack.blocks import refused
from tests.slack.reading import shown


def test_a_passage_has_its_quote_apart_and_what_answers_in_bold() -> None:
    answer = make_answer()
    (citation,) = answer.citations
    view = passage_modal(citation, cited_passage(answer, citation, Texts()), public_url=None)
    blocks = view["blocks"]
    assert shown(blocks).splitlines() == [
        "Trade — hr/trade.md, line 3",
        "Trade › Growth",
        "Trade The trade grew. ",
        QUOTE,
        " More will come.",
    ]
    kinds = [part["type"] for part in blocks[0]["elements"]]
    assert kinds[3] == "rich_text_quote"
    bold = [leaf["text"] for leaf in leaves(blocks) if leaf.get("style") == {"bold": True}]
    assert bold == ["Trade", "35 percent"]


def test_the_page_can_be_opened_where_people_reach_the_server() -> None:
    citation = make_citation(make_document())
    view = passage_modal(citation, segments(QUOTE, (0, len(QUOTE))), public_url=PUBLIC_URL)
    (button,) = view["blocks"][-1]["elements"]
    assert button["url"] == f"{PUBLIC_URL}/documents/doc_1?start=23&end=58"


def test_a_passage_of_any_length_fits() -> None:
    text = "One sentence of a very long passage. " * 2000
    passage = segments(text, (0, 400), context_chars=len(text))
    view = passage_modal(make_citation(make_document()), passage, public_url=PUBLIC_URL)
    assert refused(view["blocks"], "modal") is None
    assert shown(view["blocks"]).endswith("Open the document")


def test_a_notice_cuts_its_title_and_says_its_sentence() -> None:
    view = notice_modal("A title that is longer than Slack allows", "It is no longer kept.")
    assert len(view["title"]["text"]) <= 24
    assert shown(view["blocks"]) == "It is no longer kept."


def test_a_comment_comes_back_as_it_was_written() -> None:
    view = comment_modal("ans_1")
    assert refused(view["blocks"], "modal") is None
    written = {actions.COMMENT_BLOCK: {actions.COMMENT_INPUT: {"value": " Wrong year. "}}}
    assert comment_of({**view, "state": {"values": written}}) == "Wrong year."


def test_no_comment_is_none() -> None:
    empty = {actions.COMMENT_BLOCK: {actions.COMMENT_INPUT: {"value": None}}}
    assert comment_of({"state": {"values": empty}}) is None
    assert comment_of({"state": {"values": {}}}) is None
    assert comment_of({}) is None
