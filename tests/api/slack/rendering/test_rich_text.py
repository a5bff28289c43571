from hypothesis import given
from hypothesis import strategies as st

from api.slack.rendering.escaping import clean
from api.slack.rendering.limits import BLOCK_CHARS, BLOCK_WEIGHT, length, weight
from api.slack.rendering.rich_text import Part, Run, rich_blocks, section
from tests.api.slack.rendered import leaves, words
from tests.slack.blocks import refused

RUNS = st.builds(
    Run,
    st.text(max_size=60).map(lambda text: text * 40),
    bold=st.booleans(),
    code=st.booleans(),
    url=st.sampled_from([None, "https://example.org/a"]),
)
PARTS = st.builds(
    Part,
    st.sampled_from(["section", "quote", "preformatted"]),
    st.lists(RUNS, max_size=6).map(tuple),
)
ITEMS = st.builds(
    Part,
    st.just("item"),
    st.lists(RUNS, max_size=2).map(tuple),
    st.integers(0, 8),
    st.one_of(st.none(), st.integers(0, 12)),
)


@given(st.lists(st.one_of(PARTS, ITEMS), max_size=8))
def test_blocks_show_every_word_in_order_and_nothing_else(parts: list[Part]) -> None:
    blocks = rich_blocks(parts)
    assert words(blocks) == "".join(clean(run.text) for part in parts for run in part.runs)


@given(st.lists(st.one_of(PARTS, ITEMS), max_size=8))
def test_every_block_is_within_the_limits(parts: list[Part]) -> None:
    for block in rich_blocks(parts):
        assert weight(block) <= BLOCK_WEIGHT + 200
        assert length(words([block])) <= BLOCK_CHARS
        if not any(run.url for part in parts if part.kind == "preformatted" for run in part.runs):
            assert refused([block]) is None


def test_a_thousand_small_runs_are_spread_over_blocks() -> None:
    runs = [Run("a", bold=at % 2 == 0) for at in range(1000)]
    blocks = rich_blocks([section(*runs)])
    assert len(blocks) > 5
    assert all(weight(block) <= BLOCK_WEIGHT for block in blocks)


def test_a_quote_that_fits_one_block_stands_in_one() -> None:
    quote = "A sentence of the document. " * 40
    blocks = rich_blocks([section(Run("b" * 2500)), Part("quote", (Run(quote),))])
    assert [words([block]) for block in blocks] == ["b" * 2500, quote]


def test_items_that_follow_each_other_are_one_list() -> None:
    items = [Part("item", (Run(name),), 0, number) for name, number in (("a", 3), ("b", 4))]
    other = Part("item", (Run("c"),), 1)
    elements = rich_blocks([*items, other])[0]["elements"]
    assert [(part["style"], len(part["elements"])) for part in elements] == [
        ("ordered", 2),
        ("bullet", 1),
    ]
    assert elements[0]["offset"] == 2
    assert elements[1]["indent"] == 1


def test_a_run_with_a_user_names_them() -> None:
    assert list(leaves(rich_blocks([section(Run("", user="U1"))]))) == [
        {"type": "user", "user_id": "U1"}
    ]
