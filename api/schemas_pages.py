"""The JSON objects about the pages of a document, and where a quote stands on them."""

from pydantic import BaseModel

from rag.ingest.pdf.looking import QuoteBoxes


class PageBoxesModel(BaseModel):
    """Where the words stand on one page, which is `width` by `height` points.

    Each of `boxes` is left, top, right and bottom in points from the page's top left corner, one
    for each line; none where the words could not be found again.
    """

    page: int
    width: float
    height: float
    boxes: list[tuple[float, float, float, float]]


class QuoteBoxesModel(BaseModel):
    """How many pages a document has, and where the words of a span stand on which of them."""

    file_id: str
    page_count: int
    pages: list[PageBoxesModel]


def boxes_json(document_id: str, found: QuoteBoxes) -> QuoteBoxesModel:
    """The public form of the places of a quote."""
    return QuoteBoxesModel(
        file_id=document_id,
        page_count=found.page_count,
        pages=[
            PageBoxesModel(
                page=each.page, width=each.width, height=each.height, boxes=list(each.boxes)
            )
            for each in found.pages
        ],
    )
