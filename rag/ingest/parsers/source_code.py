"""Reads source code: the text is the file, each line of code stands for itself, and comments and
documentation read on as prose. See `rag.ingest.source_code`.
"""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class SourceCodeParser:
    """One programming language.

    Attributes:
        lexer: Its name in Pygments.
    """

    lexer: str
    media_type: str
    suffixes: tuple[str, ...]
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.source_code import parse_source_code

        return parse_source_code(data, self.media_type, self.lexer)


SOURCE_CODE: tuple[SourceCodeParser, ...] = (
    SourceCodeParser("python", "text/x-python", (".py", ".pyi")),
    SourceCodeParser("javascript", "text/javascript", (".js", ".mjs", ".cjs", ".jsx")),
    SourceCodeParser("typescript", "text/x-typescript", (".ts", ".tsx", ".mts")),
    SourceCodeParser("java", "text/x-java", (".java",)),
    SourceCodeParser("kotlin", "text/x-kotlin", (".kt", ".kts")),
    SourceCodeParser("scala", "text/x-scala", (".scala",)),
    SourceCodeParser("groovy", "text/x-groovy", (".groovy", ".gradle")),
    SourceCodeParser("c", "text/x-c", (".c", ".h")),
    SourceCodeParser("cpp", "text/x-c++", (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx")),
    SourceCodeParser("csharp", "text/x-csharp", (".cs",)),
    SourceCodeParser("go", "text/x-go", (".go",)),
    SourceCodeParser("rust", "text/x-rust", (".rs",)),
    SourceCodeParser("swift", "text/x-swift", (".swift",)),
    SourceCodeParser("ruby", "text/x-ruby", (".rb",)),
    SourceCodeParser("php", "text/x-php", (".php",)),
    SourceCodeParser("perl", "text/x-perl", (".pl", ".pm")),
    SourceCodeParser("lua", "text/x-lua", (".lua",)),
    SourceCodeParser("r", "text/x-r", (".r",)),
    SourceCodeParser("julia", "text/x-julia", (".jl",)),
    SourceCodeParser("haskell", "text/x-haskell", (".hs",)),
    SourceCodeParser("elixir", "text/x-elixir", (".ex", ".exs")),
    SourceCodeParser("erlang", "text/x-erlang", (".erl",)),
    SourceCodeParser("dart", "text/x-dart", (".dart",)),
    SourceCodeParser("bash", "text/x-shellscript", (".sh", ".bash", ".zsh")),
    SourceCodeParser("powershell", "text/x-powershell", (".ps1", ".psm1")),
    SourceCodeParser("sql", "application/sql", (".sql",)),
    SourceCodeParser("css", "text/css", (".css", ".scss")),
    SourceCodeParser("toml", "application/toml", (".toml",)),
    SourceCodeParser("ini", "text/x-ini", (".ini", ".cfg", ".conf", ".properties")),
    SourceCodeParser("terraform", "text/x-terraform", (".tf",)),
    SourceCodeParser("protobuf", "text/x-protobuf", (".proto",)),
    SourceCodeParser("graphql", "application/graphql", (".graphql",)),
)
