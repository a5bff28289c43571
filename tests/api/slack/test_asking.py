import time

import pytest

from api.slack.asking import asks, asks_or_requests

QUESTIONS = (
    "And is it paid?",
    "part-time staff?",
    "how long is it",
    "And how long is it for interns",
    "Thanks. What about part-time staff",
    "ok, and what about Berlin",
    "How about the interns",
    "Is there a form for it",
    "can I take it twice",
    "don't employees get more",
    "I have twins. Does the leave double",
    "Thanks! Who signs it",
    "when does it begin",
    "Wie lange dauert sie",
    "und was ist mit Teilzeit",
    "Gibt es ein Formular",
    "Welche Fristen gelten",
    "Combien de jours",
    "et quand commence-t-il",
    "Est-ce que c'est payé",
    "Comment faire la demande",
    "cuántos días son",
    "¿Y para los becarios?",
    "y dónde lo pido",
    "多久？",
)
REQUESTS = (
    "Show me the form",
    "please list all kinds of leave",
    "Tell me more about it",
    "Give us the exact wording",
    "Explain the second point",
    "Ok, summarise that",
    "find the holiday policy",
    "And for interns",
    "Zeig mir das Formular",
    "bitte erkläre den zweiten Punkt",
    "Montre-moi le formulaire",
    "Muéstrame el formulario",
)
CHATTER = (
    "I will ask HR tomorrow.",
    "I'll ask HR tomorrow.",
    "Makes sense to me.",
    "Will do.",
    "can do!",
    "Have a nice day",
    "Has been fixed",
    "I wonder about the tunnels.",
    "When I am back I will do it.",
    "What a mess",
    "How nice!",
    "Give me a sec",
    "Please find attached the form.",
    "see <https://example.org/search?q=leave>",
    "he wrote `is it?` there",
    "&gt; is it paid?\nthat is settled now",
    "Comment added in the document.",
    "Was at lunch, sorry.",
    "Finde ich gut.",
    "Ich frage morgen die Personalabteilung.",
    "Je demanderai demain.",
    "Mañana pregunto.",
    "",
)


@pytest.mark.parametrize("text", QUESTIONS)
def test_questions_ask_with_a_question_mark_or_without(text: str) -> None:
    assert asks(text)
    assert asks_or_requests(text)


@pytest.mark.parametrize("text", REQUESTS)
def test_requests_are_for_the_bot_where_it_takes_part(text: str) -> None:
    assert not asks(text)
    assert asks_or_requests(text)


@pytest.mark.parametrize("text", CHATTER)
def test_what_people_say_to_each_other_asks_nothing(text: str) -> None:
    assert not asks_or_requests(text)


@pytest.mark.parametrize("piece", ["so ", "so.", "<", "`", "```", ". ", "and and ", "&gt; ", "\n"])
def test_no_text_takes_long(piece: str) -> None:
    begun = time.perf_counter()
    asks_or_requests(piece * (40_000 // len(piece)))
    assert time.perf_counter() - begun < 0.5
