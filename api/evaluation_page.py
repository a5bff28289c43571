"""The report of an evaluation as one HTML page, with no script and nothing outside it.

Everything from documents and questions goes through the template's escaping; only the plots, which
hold numbers alone, are marked as markup.
"""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from api.charts import reliability_chart, trade_off_chart
from api.evaluation_reports import Compared, difference_cells, latencies
from api.terminal import harmless
from rag.evaluation.confidence import reliability, trade_offs
from rag.evaluation.records import Record, judged

TEMPLATE = "evaluation.html"
WORST = 30
RETRIEVED = 3
SHOWN_CHARS = 600


def evaluation_page(reports: Sequence[Compared]) -> str:
    """The page, as a whole document."""
    environment = Environment(
        loader=PackageLoader("api"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["excerpt"] = _excerpt
    template = environment.get_template(TEMPLATE)
    return template.render(sections=[_section(each) for each in reports])


def _section(compared: Compared) -> dict[str, object]:
    report = compared.report
    return {
        "name": harmless(report.name),
        "report": report,
        "figures": list(report.figures.values()),
        "latencies": latencies(report),
        "differences": [
            (each, list(difference_cells(each))) for each in compared.differences or ()
        ],
        "charts": _charts(report.records),
        "worst": report.worst(WORST),
        "retrieved": RETRIEVED,
    }


def _charts(records: Sequence[Record]) -> list[tuple[str, Markup]]:
    asked = judged(records)
    if len({record.answerable for record in asked}) < 2:
        return []
    confidences = [record.confidence for record in asked]
    right = [record.answerable for record in asked]
    refused = [not record.answered for record in asked if record.answerable]
    answered = [record.answered for record in asked if not record.answerable]
    now = (sum(refused) / len(refused), sum(answered) / len(answered))
    # Both charts are numbers and fixed words.
    reliable = Markup(reliability_chart(reliability(confidences, right)))
    trade_off = Markup(trade_off_chart(trade_offs(confidences, right), now))
    return [
        ("Confidence, and how often the documents do answer", reliable),
        ("Wrong answers against wrong refusals, as the threshold moves", trade_off),
    ]


def _excerpt(text: str) -> str:
    shown = harmless(text)
    return shown if len(shown) <= SHOWN_CHARS else shown[:SHOWN_CHARS] + " …"
