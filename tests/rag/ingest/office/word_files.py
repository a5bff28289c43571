"""Makes small Word documents from the XML of their body."""

from io import BytesIO
from zipfile import ZipFile

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def word_file(body: str, *, namespace: str = NAMESPACE, **parts: str) -> bytes:
    """A .docx file; further parts of `word/` by name, as `numbering=…`, `app=…` of `docProps/`."""
    head = (
        f'xmlns:w="{namespace}"'
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        document = f"<w:document {head}><w:body>{body}</w:body></w:document>"
        archive.writestr("word/document.xml", document)
        for name, xml in parts.items():
            folder = "docProps" if name in ("app", "core") else "word"
            archive.writestr(f"{folder}/{name}.xml", xml.replace("<w:root", f"<w:root {head}"))
    return buffer.getvalue()


def paragraph(words: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"
