import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.verification.base import EvidenceText, Piece
from rag.answering.verification.verifier import Verifier

EVIDENCE = (
    EvidenceText(
        "Acme acquired Borealis Systems for $30 million on 1 May 2021. Revenue increased by 12 % to"
        " 4.5 million euros. The board did not approve the dividend. All employees must wear"
        " helmets in Hall 3. The European Medicines Agency approved the drug in Amsterdam, and"
        " Dr. Jane Miller led the trial in Boston.",
        "Annual report 2021",
    ),
    EvidenceText(
        "The leave policy allows 28 days of paid holiday per year. Unused days expire at the end of"
        " March. Remote work is permitted on at most two days a week. Requests must be made before"
        " the holiday begins.",
        "Leave policy",
    ),
    EvidenceText("The canteen serves lunch from noon. It is closed on Fridays in summer."),
)


def verdict(text, *cited, kind="sentence"):
    return Verifier(EVIDENCE).check(Piece(text, cited, kind))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Acme acquired Borealis Systems for $30 million.", 0),
        ("Acme bought Borealis Systems in May 2021 for thirty million dollars.", 0),
        ("Borealis Systems was acquired by Acme in 2021.", 0),
        ("Revenue rose by 12 percent to €4.5 million.", 0),
        ("The dividend was not approved by the board.", 0),
        ("The EMA approved the drug in Amsterdam.", 0),
        ("Jane Miller led the trial in Boston.", 0),
        ("Employees have 28 days of paid holiday, and unused days expire at the end of March.", 1),
        ("Remote work is permitted on up to two days per week.", 1),
        ("**Remote work** is permitted on at most 2 days a week.", 1),
    ],
)
def test_what_the_evidence_says_in_other_words_is_supported(text, cited):
    assert verdict(text, cited).support == "supported"


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Acme acquired Borealis Systems for $13 million.", 0),
        ("Acme acquired Borealis Systems for $30 billion.", 0),
        ("Revenue increased by 4.5 % to 12 million euros.", 0),
        ("Acme acquired Borealis Systems on 1 June 2021.", 0),
        ("Acme acquired Borealis Systems in 2012.", 0),
        ("Unused days expire at the end of April.", 1),
        ("Contoso acquired Borealis Systems for $30 million.", 0),
        ("Borealis Systems acquired Acme for $30 million.", 0),
        ("Acme was acquired by Borealis Systems for $30 million.", 0),
        ("Dr. Jane Miller led the trial in Amsterdam.", 0),
        ("Revenue decreased by 12 %.", 0),
        ("The board approved the dividend.", 0),
        ("Acme did not acquire Borealis Systems.", 0),
        ("Unused days never expire.", 1),
        ("No employees must wear helmets in Hall 3.", 0),
        ("Remote work is permitted on at least two days a week.", 1),
        ("Remote work is forbidden.", 1),
        ("Requests must be made after the holiday begins.", 1),
        ("Wearing helmets is optional for employees in Hall 3.", 0),
        ("The canteen is open on Fridays in summer.", 2),
        ("The moon is made of cheese.", 2),
    ],
)
def test_a_changed_number_date_name_or_negation_is_not_supported(text, cited):
    found = verdict(text, cited)
    assert found.support != "supported"
    assert found.reasons


@pytest.mark.parametrize("text", ["Only managers must wear helmets in Hall 3."])
def test_a_restriction_that_the_evidence_does_not_make_is_weak(text):
    assert verdict(text, 0).support == "weak"


def test_a_claim_cited_to_the_wrong_evidence_is_unsupported_and_says_where_it_stands():
    found = verdict("The leave policy allows 28 days of paid holiday per year.", 0)
    assert found.support == "unsupported"
    (span,) = found.rebound
    assert EVIDENCE[span.evidence].text[span.start : span.end] == (
        "The leave policy allows 28 days of paid holiday per year."
    )


def test_a_fact_without_a_citation_is_bound_to_the_evidence_that_carries_it():
    found = verdict("Unused days expire at the end of March.")
    assert found.support == "supported"
    assert [span.evidence for span in found.spans] == [1]
    assert verdict("Your session has expired, please log in again.").support == "unsupported"
    assert verdict("The sky is blue.").support == "unsupported"


def test_the_span_is_the_sentence_that_carries_the_claim_and_not_the_passage():
    (span,) = verdict("The board did not approve the dividend.", 0).spans
    assert EVIDENCE[0].text[span.start : span.end] == "The board did not approve the dividend."


def test_a_sentence_on_two_pieces_of_evidence_gets_a_span_of_each():
    found = verdict("The policy allows 28 days of paid holiday, and revenue rose by 12 %.", 0, 1)
    assert found.support == "supported"
    assert {span.evidence for span in found.spans} == {0, 1}


def test_neighbouring_sentences_become_one_span():
    (span,) = verdict("Revenue rose to 4.5 million euros, and no dividend was approved.", 0).spans
    assert EVIDENCE[0].text[span.start : span.end].startswith("Revenue increased")
    assert EVIDENCE[0].text[span.start : span.end].endswith("the dividend.")


@pytest.mark.parametrize(
    "text", ["Here is what the documents say:", "I hope this helps!", "In summary:", "👍", "Yes."]
)
def test_a_sentence_without_a_fact_needs_no_evidence(text):
    found = verdict(text)
    assert (found.support, found.is_claim, found.spans) == ("supported", False, ())


@pytest.mark.parametrize("text", ["Key Findings", "| Region | Q1 |", "Results for 2021"])
def test_headings_and_first_rows_of_tables_are_layout(text):
    assert verdict(text, kind="structure").support == "supported"


def test_a_heading_that_states_another_number_is_unsupported():
    assert verdict("Revenue fell by 30 %", kind="structure").support == "unsupported"


@pytest.mark.parametrize(
    ("truth", "lie"),
    [
        ("Маша купила 5 яблок.", "Маша не купила 5 яблок."),
        ("Маша купила 5 яблок.", "Маша купила 7 яблок."),
        ("Der Gewinn stieg auf 4 Mio. Euro.", "Der Gewinn sank auf 4 Mio. Euro."),
        ("会议于2024年5月1日在北京举行。", "会议于2024年5月2日在北京举行。"),
        ("共有300人参加。", "共有500人参加。"),
    ],
)
def test_numbers_and_negations_are_compared_in_other_languages_too(truth, lie):
    verifier = Verifier([EvidenceText(truth)])
    assert verifier.check(Piece(truth, (0,))).support == "supported"
    assert verifier.check(Piece(lie, (0,))).support == "unsupported"


def test_without_evidence_a_fact_is_unsupported():
    assert Verifier([]).check(Piece("Revenue rose by 12 %.")).support == "unsupported"
    assert Verifier([]).check(Piece("Revenue rose by 12 %.", (0,))).support == "unsupported"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=200), st.sampled_from(["sentence", "structure"]))
def test_any_text_gets_a_verdict_with_spans_inside_the_evidence(text, evidence, kind):
    verifier = Verifier([EvidenceText(evidence), EvidenceText("Acme was founded in 1999.")])
    found = verifier.check(Piece(text, (0, 7), kind))
    assert 0 <= found.score <= 1
    for span in (*found.spans, *found.rebound):
        passage = (evidence, "Acme was founded in 1999.")[span.evidence]
        assert 0 <= span.start < span.end <= len(passage)


@pytest.mark.parametrize("sentence", [each for part in EVIDENCE for each in part.text.split(". ")])
def test_every_sentence_of_the_evidence_is_supported_by_it(sentence):
    cited = next(n for n, part in enumerate(EVIDENCE) if sentence in part.text)
    assert verdict(sentence.rstrip(".") + ".", cited).support == "supported"


RETOLD = (
    EvidenceText(
        "The ferry leaves at 07:40 every day except Sunday. The crossing takes 95 minutes. Revenue"
        " rose from 12.4 million euros in 2022 to 13.1 million euros in 2023. Profit fell to 0.9"
        " million euros because of the strike. Satisfaction was higher in summer than in winter."
        " Smoking is not allowed on deck. The board did not approve the purchase of a second ship."
        " Engines must be stopped within 30 seconds of an alarm. The bridge was postponed."
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "The ferry leaves at 7:40 every day except Sunday.",
        "Revenue rose to 13.1 million euros in 2023 from 12.4 million euros in 2022.",
        "Revenue was 13.1 million euros in 2023.",
        "Satisfaction was lower in winter than in summer.",
        "Smoking on deck is forbidden.",
        "The board rejected the purchase of a second ship.",
    ],
)
def test_what_is_said_by_its_opposite_or_in_another_order_is_not_refused(text):
    assert Verifier(RETOLD).check(Piece(text, (0,))).support != "unsupported"


@pytest.mark.parametrize(
    "text",
    [
        "The ferry leaves at 07:40 pm every day except Sunday.",
        "The ferry leaves at 07:40 every day including Sunday.",
        "The crossing takes 95 seconds.",
        "The crossing takes 95 hours.",
        "Revenue rose from 12.4 million euros in 2023 to 13.1 million euros in 2022.",
        "Revenue in 2022 was 13.1 million euros.",
        "Profit fell by 0.9 million euros.",
        "Profit fell to 0.9 million euros despite the strike.",
        "Satisfaction was higher in winter than in summer.",
        "Smoking on deck is not forbidden.",
        "The board rejected the bridge.",
        "The crossing takes never: 95 minutes.",
        "Engines must be stopped within 30 minutes of an alarm.",
        "Engines must be stopped at least 30 seconds after an alarm.",
    ],
)
def test_numbers_in_another_part_and_things_turned_round_are_flagged(text):
    assert Verifier(RETOLD).check(Piece(text, (0,))).support != "supported"


@pytest.mark.parametrize(
    "text",
    ["Jane Miller is divorced.", "Jane Miller was fired.", "The EMA is on fire."],
)
def test_names_alone_carry_nothing_that_is_said_of_them(text):
    assert verdict(text, 0).support == "unsupported"


def test_a_number_beside_words_of_the_models_own_may_stay_weak():
    assert verdict("Borealis Systems price tag: $30 million.", 0).support != "unsupported"


FARES = (
    EvidenceText(
        "Children under six travel free. Adults pay 12 euros. The council raised the car fare in"
        " spring. The bicycle fare was kept. The last ferry leaves at 07:40 except on public"
        " holidays. Passengers may board with one suitcase. Crews must wear life jackets on deck."
        " Most cabins have a window. Cabins cost 30 euros each. Mr. Solberg's rival owns the pier."
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "Adults under six travel free.",
        "The council raised the bicycle fare in spring.",
        "The last ferry leaves at 07:40 every day.",
        "Passengers must board with one suitcase.",
        "Crews may wear life jackets on deck.",
        "All cabins have a window.",
        "Cabins cost 30 euros in total.",
        "Mr. Solberg owns the pier.",
        "The council raised the car fare in spring, and the harbour was dredged again.",
    ],
)
def test_what_goes_beyond_the_sentences_it_is_made_of_is_flagged(text):
    assert Verifier(FARES).check(Piece(text, (0,))).support != "supported"


@pytest.mark.parametrize(
    "text",
    [
        "Children under six travel free.",
        "In spring the council raised the car fare.",
        "The last ferry leaves at 07:40, except on public holidays.",
        "Passengers may board with a suitcase.",
        "On deck crews must wear life jackets.",
        "Most of the cabins have a window.",
        "Each cabin costs 30 euros.",
        "Mr. Solberg's rival is the owner of the pier.",
        "Children under six travel free, and adults pay 12 euros.",
    ],
)
def test_what_the_same_sentences_say_is_supported(text):
    assert Verifier(FARES).check(Piece(text, (0,))).support == "supported"
