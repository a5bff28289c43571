"""What a tool says in words, beside its structured output: for a model that reads it.

Every quote stands with its number, its place and the resource that holds it, so that whoever passes
it on can cite it.
"""

from collections.abc import Sequence

from api.schemas import AnswerModel, CitationModel, HitModel
from api.schemas_documents import DocumentModel, DocumentTextModel
from api.short_answers import leading
from api.terminal import harmless

NEAREST = 3
HIT_CHARS = 600


def document_uri(document_id: str) -> str:
    """The resource that holds a document's text."""
    return f"quoth://documents/{document_id}"


def answer_text(answer: AnswerModel) -> str:
    """The answer, the short one first, and its sources; or that there is none, and the nearest
    passages.
    """
    parts = [answer.answer]
    end = answer.sentences[0].end_index if answer.sentences else None
    if said := leading(answer.short_answer, answer.answer[:end]):
        parts.insert(0, f"Short answer: {said}")
    if answer.status == "not_found":
        if answer.hits:
            parts.append("The nearest passages, which do not answer the question:")
            parts.append(hits_text(answer.hits[:NEAREST]))
        return "\n\n".join(parts)
    if answer.status == "partial":
        parts.append("Only a part of the question is answered by these documents.")
    parts.append("Sources:\n" + "\n".join(_source(each) for each in answer.citations))
    if answer.conversation_id is not None:
        parts.append(f"Conversation: {answer.conversation_id}")
    return "\n\n".join(parts)


def hits_text(hits: Sequence[HitModel]) -> str:
    """Passages, best first."""
    if not hits:
        return "Nothing was found."
    return "\n\n".join(
        f"{rank}. {hit.filename}:{hit.start_line}-{hit.end_line} "
        f"(score {hit.score:.2f}, {document_uri(hit.file_id)})\n{_cut(hit.text)}"
        for rank, hit in enumerate(hits, start=1)
    )


def document_text(document: DocumentTextModel) -> str:
    """The text, below a line that says which part of which document it is."""
    start = document.text_start_char_index
    end = start + len(document.text)
    rest = "" if end == document.length_chars else f"; go on with start={end}"
    return (
        f"{document.filename}, characters {start} to {end} of {document.length_chars}{rest}\n\n"
        f"{document.text}"
    )


def documents_text(documents: Sequence[DocumentModel], after: str | None) -> str:
    """One line for each document."""
    if not documents:
        return "There are no such documents."
    lines = [f"{each.filename}: {each.title} (id {each.id})" for each in documents]
    return "\n".join(lines if after is None else [*lines, f"There are more; go on with {after=}."])


def _source(citation: CitationModel) -> str:
    stale = ", the file has changed since it was indexed" if citation.stale else ""
    return (
        f"[{citation.number}] {citation.filename}{_where(citation)}{stale} "
        f"({document_uri(citation.file_id)}): “{citation.cited_text}”"
    )


def _where(citation: CitationModel) -> str:
    said = []
    if citation.start_page_number is not None:
        said.append(f", page {citation.start_page_number}")
    if citation.place is not None:
        said.append(f", {harmless(citation.place)}")
    if said:
        return "".join(said)
    first, last = citation.start_line, citation.end_line
    return f":{first}" if first == last else f":{first}-{last}"


def _cut(text: str) -> str:
    return text if len(text) <= HIT_CHARS else f"{text[:HIT_CHARS]}…"
