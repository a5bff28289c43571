"""A saved web page into a document: what it is about, without what stands around it.

Where the page says which part is its main one, that part is written. Elsewhere it is the smallest
part around what trafilatura chooses, so that headings, tables and listings between the chosen
blocks stay; and where that chooses nothing, the body. Nothing is ever fetched.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.dates import stated_date
from rag.ingest.lines import split_lines
from rag.ingest.markup import MarkupWriter, is_hidden
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_AROUND = frozenset(("nav", "footer", "aside", "form", "dialog", "iframe"))
_AROUND_ROLES = frozenset(
    (
        *("navigation", "banner", "contentinfo", "complementary", "search", "dialog"),
        *("alertdialog", "menu", "menubar", "toolbar"),
    )
)
# As whole words of a class or an id; `header` and `comments` may be content.
_AROUND_NAMES = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|newsletter|subscribe|social|share|sharing|sidebar"
    r"|breadcrumbs?|advert|advertisement|adverts|ads?|promo|sponsored|related|recommended"
    r"|pagination|pager|skip-?link|skip-to-content|sr-only|visually-hidden|screen-reader-text"
    r"|print-only|noprint|nav|navbar|menu|toolbar|popup|modal|banner|footer|masthead"
    r"|headerlink|mw-editsection|edit-link|permalink)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LEAST_MAIN_CHARS = 200
_MOST_OF = 0.85
"""The main part is the smallest one with this part of the blocks that trafilatura chose."""
_LINKED = 0.6
_LEAST_MENU, _LONGEST_MENU_LINK, _MENU_LINKED = 4, 30, 0.9
_KEY_CHARS = 60
_LONGEST_STATED = 200
_ANCHORS = frozenset("#¶§🔗")
_MOST_ELEMENTS = 1_000_000
# Written out or as a reference: no tree holds them.
_NO_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    "|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])(?![0-9])|x0*(?:[0-8bcef]|1[0-9a-f])(?![0-9a-f]));?",
    re.IGNORECASE,
)
_FULL_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TEXT_BLOCKS = ("p", "li", "td", "th", "dd", "dt", "pre", "blockquote", "div", "section", "article")
_SILENT = ("script", "style", "noscript", "template")


def parse_web_page(markup: str, media_type: str) -> ParsedDocument:
    """The document that a page holds.

    Raises:
        FileUnreadable: There is no text in it.
    """
    page = _tree(markup)
    stated = _stated(page)
    builder = TextBuilder()
    for attempt in (_marked_main, _found_main, _whole_body):
        main = attempt(page)
        if main is None:
            continue
        builder = TextBuilder()
        MarkupWriter(builder).write(main)
        if not builder.is_empty:
            break
    if builder.is_empty:
        raise FileUnreadable("It is a web page without text.")
    date = stated.pop("date", None) or stated_date(split_lines(builder.head()))
    title = _title(stated.pop("title", None), page, builder)
    return builder.build(media_type, title=title, date=date, metadata=stated)


def _tree(markup: str) -> "HtmlElement":
    from lxml import etree, html

    # A declared encoding has done its work, and lxml refuses it in a string.
    markup = _NO_XML.sub(" ", re.sub(r"^\s*<\?xml[^>]*\?>", "", markup, count=1))
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        page = html.document_fromstring(markup, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as exc:
        raise FileUnreadable("It is a web page without text.") from exc
    if sum(1 for _ in page.iter()) > _MOST_ELEMENTS:
        raise FileUnreadable(f"It is a web page of more than {_MOST_ELEMENTS:,} elements.")
    return page


def _stated(page: "HtmlElement") -> dict[str, str]:
    """Title, author, site and date as the page's head and its structured data say."""
    from trafilatura import extract_metadata

    try:
        with warnings.catch_warnings():  # about time zones that nobody knows
            warnings.simplefilter("ignore")
            found: Any = extract_metadata(page, date_config=_dates())
    except _failures():
        return {}
    said = {
        name: one_line(str(value))
        for name, value in (
            ("title", found.title),
            ("author", found.author),
            ("site", found.sitename),
            ("date", found.date),
        )
        if value
    }
    if not _is_stated(said.get("date", ""), page):
        said.pop("date", None)
    return {name: words for name, words in said.items() if len(words) <= _LONGEST_STATED}


def _is_stated(date: str, page: "HtmlElement") -> bool:
    """Whether a date stands where a page says its own, and not among those that it speaks of."""
    values = page.xpath(
        "//meta/@content | //time/@datetime | //script[contains(@type, 'ld+json')]/text()"
    )
    return bool(_FULL_DATE.fullmatch(date)) and any(date in value for value in values)


def _title(stated: str | None, page: "HtmlElement", builder: TextBuilder) -> str | None:
    """The page's own title without the name of its site, where its first heading or its structured
    data tell which part of it that is.
    """
    whole = one_line(page.findtext(".//title") or "")
    first = builder.headings[0].text if builder.headings else None
    for part in (first, stated):
        if part and (not whole or part.casefold() in whole.casefold()):
            return part
    return whole or stated or first


def _dates() -> dict[str, bool]:
    # A search through the text takes dates that the page speaks of for its own.
    return {"extensive_search": False, "original_date": True}


def _failures() -> tuple[type[Exception], ...]:
    """What trafilatura raises over what anybody wrote into a page."""
    from lxml.etree import LxmlError

    kinds = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
    return (LxmlError, *kinds)


def _marked_main(page: "HtmlElement") -> "HtmlElement | None":
    """The part that the page calls its main one, or its only article."""
    mains = page.xpath("//main | //*[@role='main']")
    articles = page.xpath("//article | //*[@role='article']")
    for candidates in (mains, articles):
        if len(candidates) == 1 and not is_hidden(candidates[0]):
            inner = candidates[0].xpath(".//article")
            main = (
                inner[0]
                if len(inner) == 1 and _letters(inner[0]) > 0.6 * _letters(candidates[0])
                else candidates[0]
            )
            main = _stripped(main)
            if _letters(main) >= _LEAST_MAIN_CHARS:
                return main
    return None


def _found_main(page: "HtmlElement") -> "HtmlElement | None":
    """The smallest part around what trafilatura takes for the main content."""
    body = _whole_body(page)
    keys = {_key(words) for words in _chosen_blocks(page)} - {""}
    marks = {each: 1 for each in body.iter(*_TEXT_BLOCKS) if _key(_words(each)) in keys}
    if not marks:
        return None
    for each in reversed(list(body.iter())):
        parent = each.getparent()
        if parent is not None and each is not body and each in marks:
            marks[parent] = marks.get(parent, 0) + marks[each]
    part, wanted = body, _MOST_OF * marks.get(body, 0)
    while (
        inner := next((each for each in part if marks.get(each, 0) >= wanted), None)
    ) is not None:
        if inner.tag in ("p", "tr", "table", "tbody", "ul", "ol", "li", "pre"):
            break
        part = inner
    parts = [*part, *part.iter("ul", "ol", "table")]
    return _without(
        part, parts, lambda each: _is_menu(each) or (each not in marks and _is_mostly_links(each))
    )


def _chosen_blocks(page: "HtmlElement") -> Iterator[str]:
    from copy import deepcopy

    from trafilatura import bare_extraction

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Any = bare_extraction(
                _without_hidden(deepcopy(page)),
                fast=True,
                include_comments=False,
                date_extraction_params=_dates(),
            )
    except _failures():
        return
    if found is not None and found.body is not None:
        for each in found.body.iter("p", "item", "cell", "quote", "code", "head"):
            yield "".join(each.itertext())


def _key(words: str) -> str:
    return "".join(words.split())[:_KEY_CHARS]


def _words(each: "HtmlElement") -> str:
    """As many of an element's words as a key needs."""
    words = ""
    for part in each.itertext():
        words += part.strip()
        if len(words) > 2 * _KEY_CHARS:
            break
    return words


def _is_menu(each: "HtmlElement") -> bool:
    """Whether a list holds short links and nothing else, as what leads through a site does."""
    links = list(each.iter("a")) if each.tag in ("ul", "ol") else []
    linked = sum(_letters(link) for link in links)
    return (
        len(links) >= _LEAST_MENU
        and linked >= _MENU_LINKED * _letters(each)
        and linked <= _LONGEST_MENU_LINK * len(links)
    )


def _is_mostly_links(each: "HtmlElement") -> bool:
    letters = _letters(each)
    linked = sum(_letters(link) for link in each.iter("a"))
    return letters > 0 and linked > _LINKED * letters


def _whole_body(page: "HtmlElement") -> "HtmlElement":
    body = page.find("body")
    body = page if body is None else body
    stripped = _stripped(body)
    return stripped if _letters(stripped) else body


def _stripped(part: "HtmlElement") -> "HtmlElement":
    """A copy of a part of the page without what only stands around its content."""
    from copy import deepcopy

    kept = _without_hidden(deepcopy(part))
    return _without(kept, kept.iterdescendants(), _is_around)


def _without_hidden(part: "HtmlElement") -> "HtmlElement":
    return _without(
        part,
        part.iterdescendants(),
        lambda each: each.get("aria-hidden") == "true" or is_hidden(each),
    )


def _without(
    part: "HtmlElement",
    candidates: "Iterable[HtmlElement]",
    is_dropped: "Callable[[HtmlElement], bool]",
) -> "HtmlElement":
    for each in list(candidates):
        if isinstance(each.tag, str) and each.getparent() is not None and is_dropped(each):
            each.drop_tree()
    return part


def _is_around(each: "HtmlElement") -> bool:
    if each.tag in _AROUND or (each.get("role") or "") in _AROUND_ROLES:
        return True
    if each.tag == "a" and (each.text_content().strip() or "#") in _ANCHORS and not len(each):
        return True
    names = f"{each.get('class') or ''} {each.get('id') or ''}"
    if not _AROUND_NAMES.search(names):
        return False
    # A class of the whole page, as `has-sidebar`, says nothing of its content.
    parent = each.getparent()
    return parent is None or _letters(each) < 0.5 * max(_letters(parent), 1) or each.tag == "a"


def _letters(part: Any) -> int:
    return sum(len(words.strip()) for words in _texts(part))


def _texts(part: Any) -> Iterator[str]:
    for each in part.iter():
        if isinstance(each.tag, str) and each.tag not in (
            "script",
            "style",
            "noscript",
            "template",
        ):
            yield each.text or ""
        if each is not part:
            yield each.tail or ""
