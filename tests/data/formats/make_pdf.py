"""Makes the PDF fixtures beside it, with LibreOffice, Chromium and Pillow.

Run by hand where those are installed: `python tests/data/formats/make_pdf.py`.
"""

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

HARBOUR = (
    "The harbour of Aldmere was opened in 1904 and widened twice, first in 1931 and then again in "
    "1968, when the northern breakwater was extended by two hundred and forty metres to shelter "
    "the fishing fleet from the winter storms."
)
FERRY = (
    "Passenger ferries leave the eastern quay every forty minutes between six in the morning and "
    "ten at night; the crossing to the island of Brenn takes twelve minutes in calm weather and up "
    "to twenty-five when the wind comes from the north-west."
)
KEEPER = (
    "The lighthouse keeper, Odalys Marrero, has kept a handwritten register of every vessel since "
    "1997. It now fills sixty-one volumes, which the municipal archive has begun to transcribe "
    "with the help of volunteers from the secondary school."
)
ROWS = (("Region", "Spring", "Summer"), ("North", "120", "135"), ("South", "98", "77"))
REMARK = (
    "Remark {} closes this paragraph with an extra~ordi~narily straight~forward charac~teri~sation "
    "of the admin~istra~tive respon~si~bili~ties involved."
).replace("~", "\u00ad")

NAMESPACES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
        for name, path in (
            ("office", "office"),
            ("style", "style"),
            ("text", "text"),
            ("table", "table"),
            ("meta", "meta"),
            ("fo", "xsl-fo-compatible"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)

STYLES = """<office:styles>
<style:style style:name="Standard" style:family="paragraph">
<style:paragraph-properties fo:margin-bottom="0.25cm"/>
<style:text-properties style:font-name="DejaVu Serif" fo:font-family="DejaVu Serif"
 fo:font-size="10.5pt" fo:language="en" fo:country="GB" fo:hyphenate="true"/></style:style>
<style:style style:name="Heading_1" style:family="paragraph" style:parent-style-name="Standard"
 style:default-outline-level="1"><style:text-properties fo:font-size="15pt" fo:font-weight="bold"/>
</style:style>
<style:style style:name="Title" style:family="paragraph" style:parent-style-name="Standard">
<style:text-properties fo:font-size="24pt"/></style:style></office:styles>
<office:automatic-styles>
<style:page-layout style:name="pm"><style:page-layout-properties fo:page-width="21cm"
 fo:page-height="28.2cm" fo:margin="2cm"/><style:header-style/><style:footer-style/>
</style:page-layout>
<style:style style:name="two" style:family="section"><style:section-properties>
<style:columns fo:column-count="2" fo:column-gap="0.8cm"/></style:section-properties></style:style>
<style:style style:name="just" style:family="paragraph" style:parent-style-name="Standard">
<style:paragraph-properties fo:text-align="justify" fo:hyphenation-ladder-count="no-limit"/>
<style:text-properties fo:hyphenate="true" fo:hyphenation-remain-char-count="2"
 fo:hyphenation-push-char-count="2"/></style:style>
</office:automatic-styles><office:master-styles><style:master-page style:name="Standard"
 style:page-layout-name="pm"><style:header><text:p text:style-name="Standard">Port Authority of
 Aldmere</text:p></style:header><style:footer><text:p text:style-name="Standard">Page
 <text:page-number/></text:p></style:footer></style:master-page></office:master-styles>"""


def fodt() -> str:
    """A report with a header and a footer on every page, a table, and two columns of prose."""
    cells = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in ROWS
    )
    sections = "".join(
        f'<text:h text:style-name="Heading_1" text:outline-level="1">Section on topic {number}'
        "</text:h>"
        + "".join(
            f'<text:p text:style-name="just">{words} {REMARK.format(f"{number}.{at}")}</text:p>'
            for at, words in enumerate((HARBOUR, FERRY, KEEPER) * 2)
        )
        for number in range(1, 6)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {NAMESPACES} office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>Harbour report 2024</dc:title><meta:initial-creator>Ana Petrov
</meta:initial-creator><dc:creator>Ana Petrov</dc:creator></office:meta>{STYLES}
<office:body><office:text><text:p text:style-name="Title">Harbour report 2024</text:p>
<text:p>Prepared by the harbour office.</text:p>
<table:table><table:table-column table:number-columns-repeated="3"/>{cells}</table:table>
<text:section text:style-name="two" text:name="s">{sections}</text:section>
</office:text></office:body></office:document>"""


def web_page() -> str:
    """A page as a browser prints it: a list, a table, two columns, no header."""
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    words = "".join(
        f"<h2>{n}. Part {n}</h2><p>{w} {REMARK.format(n)}</p>"
        for n, w in enumerate((HARBOUR, FERRY), 1)
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ferries</title>
<style>@page{{size:A4;margin:2cm}} body{{font:11pt 'DejaVu Serif'}}
.two{{column-count:2;column-gap:1cm;text-align:justify;hyphens:auto}} td{{padding:2pt 30pt}}
</style></head><body><h1>Ferries of Aldmere</h1>
<ul><li>Ferries carried 1.2 million passengers.</li>
<li>Three new cranes were ordered from Norway.</li></ul>
<table>{rows}</table><div class="two">{words}</div><p>{KEEPER}</p></body></html>"""


def make_office(folder: Path) -> None:
    (folder / "harbour.fodt").write_text(fodt(), encoding="utf-8")
    convert = ["soffice", "--headless", "--convert-to"]
    outdir = ["--outdir", str(HERE), str(folder / "harbour.fodt")]
    subprocess.run([*convert, "pdf:writer_pdf_Export", *outdir], check=True)
    locked = (
        'pdf:writer_pdf_Export:{"EncryptFile":{"type":"boolean","value":"true"},'
        '"DocumentOpenPassword":{"type":"string","value":"secret"}}'
    )
    (folder / "locked.fodt").write_text(fodt(), encoding="utf-8")
    outdir[-1] = str(folder / "locked.fodt")
    subprocess.run([*convert, locked, *outdir], check=True)


def make_printed(folder: Path) -> None:
    source = folder / "ferries.html"
    source.write_text(web_page(), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    target = HERE / "ferries.pdf"
    subprocess.run([*command, f"--print-to-pdf={target}", source.as_uri()], check=True)


def make_scanned() -> None:
    """Two pages that are pictures of words."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype("DejaVuSerif.ttf", 34)
    pages = []
    for words in (FERRY, KEEPER):
        page = Image.new("1", (1240, 700), 1)
        drawing, y, line = ImageDraw.Draw(page), 120, ""
        for word in [*words.split(), ""]:
            if not word or drawing.textlength(f"{line} {word}", font) > 1000:
                drawing.text((120, y), line, 0, font)
                y, line = y + 52, word
            else:
                line = f"{line} {word}".strip()
        pages.append(page)
    pages[0].save(HERE / "scanned.pdf", save_all=True, append_images=pages[1:], resolution=150)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        make_office(Path(made))
        make_printed(Path(made))
    make_scanned()
