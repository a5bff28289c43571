"""Reads tables in text files whose cells are separated by commas, semicolons, tabs or bars."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class DelimitedParser:
    """Comma- and tab-separated values; see `rag.ingest.delimited`."""

    media_type: str = "text/csv"
    suffixes: tuple[str, ...] = (".csv",)
    version: int = 1
    likely: str = ","

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.delimited import parse_delimited

        return parse_delimited(data, self.media_type, self.likely)


CSV = DelimitedParser()
TSV = DelimitedParser("text/tab-separated-values", (".tsv", ".tab"), likely="\t")
