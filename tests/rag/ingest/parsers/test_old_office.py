import pytest

from rag.errors import FileUnreadable
from tests.rag.ingest.office.fixtures import FORMATS, parsed, parsed_bytes


@pytest.mark.parametrize(("name", "modern"), [("policy.doc", ".docx"), ("budget.xls", ".xlsx")])
def test_an_old_format_is_refused_with_what_to_do(name: str, modern: str) -> None:
    with pytest.raises(FileUnreadable, match=f"save it as {modern}"):
        parsed(name)


def test_rich_text_under_an_old_suffix_is_read() -> None:
    data = (FORMATS / "policy_libreoffice.rtf").read_bytes()
    assert parsed_bytes("policy.doc", data).text == parsed("policy_libreoffice.rtf").text


def test_a_new_document_under_an_old_suffix_is_read() -> None:
    data = (FORMATS / "contract.docx").read_bytes()
    assert parsed_bytes("contract.doc", data).title == "Service contract"
