"""Makes the office files beside this from programs that people use: pandoc, LibreOffice, and the
libraries that scripts write office files with.

    python tests/data/formats/make.py [FOLDER]

Where pandoc or LibreOffice is missing, their files are left out.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.worksheet.worksheet import Worksheet
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

HERE = Path(__file__).parent
SAVED = datetime(2024, 4, 2, 9, 30)
CONVERTED = {
    "policy_pandoc.docx": ("policy_libreoffice.odt", "policy_libreoffice.rtf", "policy.doc"),
    "policy_pandoc.odt": ("policy_libreoffice.docx",),
    "budget_openpyxl.xlsx": ("budget_libreoffice.xlsx", "budget_libreoffice.ods", "budget.xls"),
    "review_pptx.pptx": ("review_libreoffice.odp",),
}


def make(folder: Path, *, converted: Collection[str] | None = None) -> list[Path]:
    """Writes every file for which the program is there, of LibreOffice's only those that are named
    where any are; gives their paths.
    """
    made = [contract(folder), budget(folder), review(folder), *prices(folder)]
    if shutil.which("pandoc"):
        made += pandoc(folder)
    if shutil.which("soffice"):
        made += libreoffice(folder, converted)
    return made


def pandoc(folder: Path) -> list[Path]:
    """The policy as pandoc writes it."""
    made = [folder / f"policy_pandoc.{kind}" for kind in ("docx", "odt", "epub", "rtf")]
    for path in made:
        _run("pandoc", "--standalone", str(HERE / "policy.md"), "-o", str(path))
    return made


def libreoffice(folder: Path, converted: Collection[str] | None) -> list[Path]:
    """Files of other programs as LibreOffice saves them."""
    made = []
    with tempfile.TemporaryDirectory() as temporary:
        profile = f"-env:UserInstallation={(Path(temporary) / 'profile').as_uri()}"
        for source, targets in CONVERTED.items():
            for target in targets:
                kind = target.rpartition(".")[2]
                if converted is not None and target not in converted:
                    continue
                out = ("--convert-to", kind, "--outdir", temporary, str(folder / source))
                _run("soffice", profile, "--headless", *out)
                written = Path(temporary) / f"{Path(source).stem}.{kind}"
                made.append(Path(shutil.move(written, folder / target)))
    return made


def contract(folder: Path) -> Path:
    """A Word document by python-docx, with what it has no words for put in as XML."""
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.modified = "", "Mary Jones", SAVED
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    document.add_heading("Service contract", 0)
    document.add_heading("Parties", 1)
    parties = document.add_paragraph("This contract is between Alder Ltd and Birch GmbH.")
    parties._p.append(_deleted(" It may be ended at once."))
    parties._p.append(_inserted(" It ends after thirty days' notice."))
    hidden = parties.add_run(" Draft, do not send.")
    hidden.font.hidden = True
    document.add_heading("Fees", 1)
    for item in ("Fees are due monthly.", "Late fees are two percent."):
        document.add_paragraph(item, style="List Number")
    document.add_paragraph("Fees are never refunded.", style="List Bullet")
    _fee_table(document)
    box = document.add_paragraph("The seat of the court is Kiel.")
    box._p.append(_text_box("Signed copies are kept in the archive."))
    form = document.add_table(rows=2, cols=2)
    for row, (name, value) in zip(
        form.rows, (("Signed by", "Anna Berg"), ("Place", "Kiel")), strict=True
    ):
        row.cells[0].text, row.cells[1].text = name, value
    path = folder / "contract.docx"
    document.save(str(path))
    return path


def _fee_table(document: "docx.document.Document") -> None:
    table = document.add_table(rows=4, cols=3)
    cells = (
        ("Service", "Phase", "Fee"),
        ("Support", "Set-up", "€ 1,200"),
        ("", "Running", "€ 300"),
        ("Training", "Running", "€ 150"),
    )
    for row, texts in zip(table.rows, cells, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))


def _deleted(words: str) -> object:
    return parse_xml(
        f'<w:del {nsdecls("w")} w:id="1" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r>'
        f'<w:delText xml:space="preserve">{words}</w:delText></w:r></w:del>'
    )


def _inserted(words: str) -> object:
    return parse_xml(
        f'<w:ins {nsdecls("w")} w:id="2" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r>'
        f'<w:t xml:space="preserve">{words}</w:t></w:r></w:ins>'
    )


def _text_box(words: str) -> object:
    return parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textbox>'
        f"<w:txbxContent><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:txbxContent></v:textbox>"
        "</v:shape></w:pict></w:r>"
    )


def budget(folder: Path) -> Path:
    """A workbook by openpyxl: formats, merged cells, two tables in a sheet, a hidden sheet."""
    book = openpyxl.Workbook()
    book.properties.title, book.properties.creator = "The budget", "Mary Jones"
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Budget"
    sheet["A1"] = "Budget 2024"
    sheet.merge_cells("A1:D1")
    sheet.append(["Region", "Share", "Cost", "Due"])
    sheet.append(["North", 0.256, 1234567.5, date(2024, 3, 5)])
    sheet.append(["South", 0.5, 12, datetime(2024, 4, 1, 10, 30)])
    for row in (3, 4):
        sheet.cell(row, 2).number_format = "0.0%"
        sheet.cell(row, 3).number_format = "#,##0.00 [$€-407]"
        sheet.cell(row, 4).number_format = "d mmm yyyy"
    sheet["A5"], sheet["C5"] = "Sum", "=SUM(C3:C4)"
    _append_at(sheet, 8, [["Name", "Phone", "City"], ["Anna", "030 1234", "Berlin"]])
    _append_at(sheet, 10, [[None, None, "Hamburg"]])
    sheet.merge_cells("A9:A10")
    growth = book.create_sheet("Growth")
    rows: list[list[object]] = [
        ["Region", "2023", None, "2024", None],
        [None, "Q1", "Q2", "Q1", "Q2"],
        ["North", 1, 2, 3, 4],
        ["South", 5, 6, 7, True],
        ["Figures in millions"],
    ]
    _append_at(growth, 1, rows)
    for merged in ("A1:A2", "B1:C1", "D1:E1", "A5:E5"):
        growth.merge_cells(merged)
    secret = book.create_sheet("Secret")
    secret.sheet_state = "hidden"
    secret["A1"] = "Nobody sees this."
    path = folder / "budget_openpyxl.xlsx"
    book.save(path)
    return path


def _append_at(sheet: Worksheet, first: int, rows: Sequence[Sequence[object]]) -> None:
    for row, values in enumerate(rows, first):
        for column, value in enumerate(values, 1):
            if value is not None:
                sheet.cell(row, column, value)  # type: ignore[arg-type]


def review(folder: Path) -> Path:
    """Slides by python-pptx: notes, a table, a group, a chart."""
    show = pptx.Presentation()
    show.core_properties.title = "PowerPoint Presentation"
    show.core_properties.author, show.core_properties.modified = "Mary Jones", SAVED
    slide = show.slides.add_slide(show.slide_layouts[0])
    slide.shapes.title.text = "Annual review"
    slide.placeholders[1].text = "Mary Jones, finance"
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Results"
    frame = slide.placeholders[1].text_frame
    frame.text = "Sales rose by 12 percent."
    frame.add_paragraph().text = "Returns fell for the first time."
    slide.notes_slide.notes_text_frame.text = "Mention the new warehouse in Kiel."
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Costs"
    area = (Inches(1), Inches(2), Inches(6), Inches(2))
    table = slide.shapes.add_table(3, 3, *area).table
    cells = (("Region", "Rent", "Staff"), ("North", "120", "7"), ("South", "95", "5"))
    for row, texts in enumerate(cells):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(*area).text_frame.text = "The accounts are audited."
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Growth"
    data = CategoryChartData(number_format="0%")
    data.categories = ["2022", "2023"]
    data.add_series("North", (0.1, 0.12))
    data.add_series("South", (0.05, 0.07))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *area, data)
    path = folder / "review_pptx.pptx"
    show.save(str(path))
    return path


def prices(folder: Path) -> list[Path]:
    """Tables as spreadsheet programs export them: one for Germany, one with tabs."""
    german = folder / "prices.csv"
    rows = (
        "Artikel;Preis;Hinweis",
        'Brötchen;0,45;"frisch,',
        'jeden Morgen"',
        "",
        "Brezel;0,80;mit Salz",
    )
    german.write_bytes("\r\n".join((*rows, "")).encode("utf-8-sig"))
    tabbed = folder / "stock.tsv"
    tabbed.write_text("part\tcount\tshelf\nbolt\t1200\tA3\nnut\t900\tB1\n", encoding="utf-8")
    return [german, tabbed]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    for written in make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        sys.stdout.write(f"{written.name}: {written.stat().st_size:,} bytes\n")
