"""Reads ZIP archives as folders."""

from collections.abc import Iterator
from dataclasses import dataclass

from rag.ingest.parsers.base import Member


@dataclass(frozen=True, slots=True)
class ZipContainer:
    """ZIP archives; see `rag.ingest.archives`."""

    media_type: str = "application/zip"
    suffixes: tuple[str, ...] = (".zip",)
    version: int = 1

    def members(self, data: bytes) -> Iterator[Member]:
        from rag.ingest.archives import zip_members

        return zip_members(data)
