import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import FileUnreadable
from rag.ingest.decoding import decode

RUSSIAN = "Правила внутреннего распорядка. Сотрудник обязан приходить вовремя и соблюдать порядок."
CHINESE = "公司员工手册:第一章 总则。员工应当遵守公司的规章制度,按时上下班,爱护公司财物。"
FRENCH = (
    "Le règlement précise que l’employé doit arriver à l’heure. Les congés sont accordés après."
)
JAPANESE = "就業規則。従業員は、会社の規則を守り、時間どおりに出勤しなければならない。"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8_r", "koi8-r"),
        (CHINESE, "gb18030", "gb18030"),
        (FRENCH, "cp1252", "windows-1252"),
        (FRENCH.replace("’", "'"), "latin_1", "windows-1252"),
        (JAPANESE, "shift_jis", "shift_jis"),
        ("Hello there,\nworld", "utf-16-le", "utf-16-le"),
        ("Hello there,\nworld", "utf-16-be", "utf-16-be"),
        (CHINESE + "\n", "utf-16-le", "utf-16-le"),
    ],
)
def test_an_unmarked_encoding_is_guessed_right_and_called_a_guess(
    text: str, codec: str, name: str
) -> None:
    decoded = decode(text.encode(codec))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, name, True)
    assert decoded.warning is not None
    assert f"Read as {name}, a guess" in decoded.warning


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_a_byte_order_mark_is_believed_and_left_out(codec: str, name: str) -> None:
    decoded = decode(RUSSIAN.encode(codec))
    assert decoded.text == RUSSIAN
    assert (decoded.encoding, decoded.guessed, decoded.had_bom) == (name, False, True)


def test_an_empty_file_has_an_empty_text() -> None:
    assert decode(b"").text == ""


def test_an_encoding_that_cannot_be_told_is_refused_with_what_it_could_be() -> None:
    with pytest.raises(FileUnreadable, match="windows-1251") as refusal:
        decode("Привет".encode("cp1251"))
    assert "UTF-8" in refusal.value.hint


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"PK\x03\x04abc", "ZIP"),
        (b"\x7fELF\x02\x01\x01", "a program"),
        (random.Random(1).randbytes(3000), "bytes are zero"),
        (bytes(range(1, 9)) * 50, "control characters"),
        (bytes(byte for byte in random.Random(1).randbytes(3000) if byte >= 128), "no other"),
        (b"\xff\xfea", "breaks its rules"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(FileUnreadable, match=reason):
        decode(data)


def test_a_broken_place_in_utf_8_stays_visible_and_is_told() -> None:
    decoded = decode(("é où ça là déjà été " * 5).encode() + b"\xff.")
    assert decoded.text.endswith("\ufffd.")
    assert decoded.warning is not None
    assert "1 place" in decoded.warning


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cc"])))
def test_utf_8_comes_back_character_for_character(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode()).text == text


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        decode(data)
    except FileUnreadable as refusal:
        assert refusal.hint
