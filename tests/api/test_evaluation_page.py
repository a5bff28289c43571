import re
from html.parser import HTMLParser

from api.charts import reliability_chart, trade_off_chart
from api.evaluation_page import evaluation_page
from api.evaluation_reports import Compared
from rag.evaluation.comparison import compare
from rag.evaluation.confidence import Bin, TradeOff
from rag.evaluation.questions import EvalQuestion
from rag.evaluation.runner import EvaluationReport, evaluate
from tests.answers import ScriptedAssistant, make_answer, make_citation, make_document, make_hit

HOSTILE = '</blockquote><script>alert("&")</script>\x1b[31m'
QUESTIONS = (
    EvalQuestion("1", "By how much?", ("35 percent",), (), True),
    EvalQuestion("2", HOSTILE, (), (), False),
)


def hostile_report() -> EvaluationReport:
    document = make_document(uri=HOSTILE)
    answer = make_answer(
        document,
        citations=(make_citation(document, cited_text=HOSTILE),),
        hits=(make_hit(document, HOSTILE),),
    )
    return evaluate(ScriptedAssistant(answer), QUESTIONS, name=HOSTILE)


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def test_everything_from_documents_and_questions_is_escaped() -> None:
    page = evaluation_page([Compared(hostile_report())])
    assert "alert" in page
    assert "script" not in Elements(page).tags
    assert "\x1b" not in page


def test_the_page_has_its_plots_and_nothing_from_outside() -> None:
    page = evaluation_page([Compared(hostile_report())])
    elements = Elements(page)
    assert "svg" in elements.tags
    assert elements.links == []
    assert not re.search(r"url\(|@import|https?://", page)


def test_differences_are_shown_where_there_are_some() -> None:
    report = hostile_report()
    compared = Compared(report, compare(report.records, report.records))
    assert "95 % interval" in evaluation_page([compared])
    assert "95 % interval" not in evaluation_page([Compared(report)])


def test_without_unanswerable_questions_there_is_no_plot_of_refusals() -> None:
    report = evaluate(ScriptedAssistant(), QUESTIONS[:1], name="own")
    assert "<svg" not in evaluation_page([Compared(report)])


def test_a_bin_is_a_dot_at_its_confidence_and_its_share() -> None:
    chart = reliability_chart([Bin(10, 0.0, 0.0), Bin(5, 1.0, 1.0)])
    assert chart.count('<circle class="dot"') == 2
    assert 'points="44.0,256.0 404.0,12.0"' in chart


def test_the_trade_off_is_a_line_with_a_dot_where_one_is_now() -> None:
    curve = [TradeOff(0.1, 1.0, 0.0), TradeOff(0.9, 0.0, 1.0)]
    chart = trade_off_chart(curve, (0.5, 0.5))
    assert 'points="44.0,12.0 404.0,256.0"' in chart
    assert '<circle class="now" cx="224.0" cy="134.0"' in chart
