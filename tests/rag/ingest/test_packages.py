from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from rag.errors import FileUnreadable
from rag.ingest import packages
from rag.ingest.packages import Package, parse_xml


def package(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_members_are_found_whatever_their_case_and_leading_slash() -> None:
    found = Package(package({"Word/Document.xml": b"<a/>"}), "file")
    assert found.read("/word/document.xml") == b"<a/>"
    assert "WORD/document.xml" in found


def test_what_is_not_there_is_absent() -> None:
    found = Package(package({"a": b""}), "file")
    assert found.read("b") is None
    assert found.tree("b") is None
    assert found.relations("b") == {}


def test_a_member_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_MEMBER_BYTES", 2**20)
    bomb = package({"a": bytes(2**21)})
    with pytest.raises(FileUnreadable, match="unpacks to more"):
        Package(bomb, "file").read("a")


def test_members_together_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_TOTAL_BYTES", 2**20)
    found = Package(package({name: bytes(2**19) for name in "abc"}), "file")
    assert found.read("a") and found.read("b")
    with pytest.raises(FileUnreadable, match="unpacks to more"):
        found.read("c")


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_MEMBERS", 2)
    with pytest.raises(FileUnreadable, match="3 parts"):
        Package(package(dict.fromkeys("abc", b"")), "file")


def test_entities_are_never_resolved(tmp_path: object) -> None:
    xml = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY f SYSTEM "file:///etc/passwd">]><a>x&b;&f;y</a>'
    root = parse_xml(xml, "file")
    assert "bbbb" not in "".join(root.itertext(tag="a"))
    assert root.text == "x"


def test_entities_that_blow_up_cost_nothing() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<!DOCTYPE a [<!ENTITY e0 "ha">{levels}]><a>&e11;</a>'.encode()
    try:
        root = parse_xml(xml, "file")
    except FileUnreadable:
        return
    assert len("".join(filter(None, [root.text, root.tail]))) < 100


def test_xml_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="no intact file"):
        parse_xml(b"<a>" * 10_000 + b"</a>" * 10_000, "file")
