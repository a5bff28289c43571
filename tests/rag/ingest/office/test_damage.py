"""Whatever happens to the bytes of an office file: it gives a document, or says that it cannot."""

import random
import re
import time
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import pytest

from rag.errors import FileUnreadable
from rag.ingest.packages import MAX_MEMBER_BYTES
from tests.fuzz_formats import check_document
from tests.rag.ingest.office.fixtures import office_files, parsed_bytes

VARIANTS = 100
_NUMBER = re.compile(rb'"\d+"')
_NUMBERS = (b'"-1"', b'"99999999999"', b'"0"', b'"x"', b'""', b'"1048576"')


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Cut off, overwritten, with a piece twice or missing, or with another number in it."""
    damaged = bytearray(data or b" ")
    at, length = rng.randrange(len(damaged)), rng.randrange(1, 400)
    way = rng.randrange(5)
    if way == 0:
        del damaged[at:]
    elif way == 1:
        for _ in range(rng.randrange(1, 20)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    elif way == 2:
        damaged[at:at] = damaged[at : at + length]
    elif way == 3:
        del damaged[at : at + length]
    elif numbers := list(_NUMBER.finditer(data)):
        number = rng.choice(numbers)
        damaged[number.start() : number.end()] = rng.choice(_NUMBERS)
    return bytes(damaged)


def members_of(data: bytes) -> dict[str, bytes]:
    """The parts of a package by name; none of a file that is no package."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except BadZipFile:
        return {}


def mutated_inside(rng: random.Random, members: dict[str, bytes]) -> bytes:
    """A package that is whole, with one part that is not."""
    damaged = rng.choice([name for name in members if name.endswith((".xml", "html", ".opf"))])
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, mutated(rng, content) if name == damaged else content)
    return buffer.getvalue()


@pytest.mark.parametrize("path", office_files(), ids=lambda path: path.name)
def test_a_damaged_file_is_read_or_refused_and_quickly(path: Path) -> None:
    rng = random.Random(path.name)
    data = path.read_bytes()
    members = members_of(data)
    for turn in range(VARIANTS):
        inside = members and turn % 3
        damaged = mutated_inside(rng, members) if inside else mutated(rng, data)
        started = time.perf_counter()
        try:
            document = parsed_bytes(path.name, damaged)
        except FileUnreadable as exc:
            assert exc.message.endswith(".")
        else:
            if turn % 5 == 0:
                check_document(document)
        assert time.perf_counter() - started < 10


def test_a_document_that_is_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("word/document.xml", bytes(MAX_MEMBER_BYTES + 1))
    with pytest.raises(FileUnreadable, match="unpacks to more than is read"):
        parsed_bytes("a.docx", buffer.getvalue())
