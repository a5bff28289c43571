import pytest

from api.errors import EXIT_FAILED, EXIT_USAGE, INTERNAL, TABLE, chat_sentence, kind_of
from embeddings import errors as embedding_errors
from embeddings.errors import QuothError
from rag import errors as rag_errors


def classes_below(error: type[QuothError]) -> list[type[QuothError]]:
    direct = error.__subclasses__()
    return direct + [each for below in direct for each in classes_below(below)]


def shipped_classes() -> list[type[QuothError]]:
    modules = {embedding_errors.__name__, rag_errors.__name__}
    return [error for error in classes_below(QuothError) if error.__module__ in modules]


@pytest.mark.parametrize("error", shipped_classes(), ids=lambda error: error.__name__)
def test_every_error_has_a_row_of_its_own(error: type[QuothError]) -> None:
    assert error in TABLE


def test_every_row_is_of_an_error_that_exists() -> None:
    assert set(TABLE) <= set(shipped_classes())


def test_no_two_kinds_share_a_name() -> None:
    slugs = [kind.slug for kind in TABLE.values()]
    assert sorted(slugs) == sorted(set(slugs))


def test_every_kind_fails_with_an_error_status() -> None:
    for kind in TABLE.values():
        assert kind.exit_code in {EXIT_FAILED, EXIT_USAGE}
        assert 400 <= kind.status < 600


def test_a_class_without_a_row_is_shown_as_its_nearest_ancestor() -> None:
    class NewlyInvented(rag_errors.StoreBusy):
        """Stands for an error that a later version brings."""

    assert kind_of(NewlyInvented("So it is.")).slug == "store-busy"


def test_what_nobody_raised_on_purpose_is_a_bug() -> None:
    assert kind_of(RuntimeError()) is INTERNAL
    assert kind_of(QuothError("So it is.")) is INTERNAL


def test_every_kind_has_a_sentence_for_a_chat_or_shows_its_own() -> None:
    own = {kind.slug for kind in TABLE.values() if not kind.chat}
    assert own == {"question-invalid", "filter-invalid"}
    for kind in (*TABLE.values(), INTERNAL):
        assert not kind.chat or (kind.chat[0].isupper() and kind.chat.endswith("."))


def test_a_chat_is_told_nothing_that_only_an_operator_can_use() -> None:
    busy = rag_errors.StoreBusy("Another process has held '/srv/x' for over 10 seconds.", hint="…")
    assert "/srv/x" not in chat_sentence(busy)
    invalid = rag_errors.QuestionInvalid("The question is empty.", hint="Ask something in words.")
    assert chat_sentence(invalid) == "The question is empty. Ask something in words."
    assert chat_sentence(RuntimeError("secret")) == INTERNAL.chat
