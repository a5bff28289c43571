from concurrent.futures import ThreadPoolExecutor

from rag.reading.base import Reading, Window
from rag.reading.remembering import RememberingReader
from tests.reading.scripted import ScriptedReader, reader_of

TEXT = "The tunnel was opened in 1882."


def window(at: int = 0, text: str = TEXT, title: str | None = None) -> Window:
    return Window(text, at, at + len(text), title)


def scripted() -> ScriptedReader:
    return reader_of({"When": r"\d+"})


def test_a_window_is_read_once_for_a_question() -> None:
    reader = scripted()
    remembering = RememberingReader(reader)

    once = remembering.read("When?", [window(), window(text="Since 1900.")])
    again = remembering.read("When?", [window(text="Since 1900."), window(), window()])

    assert again == (once[1], once[0], once[0])
    assert len(reader.asked) == 1


def test_only_what_is_new_is_read() -> None:
    reader = scripted()
    remembering = RememberingReader(reader)
    remembering.read("When?", [window()])

    for question, asked in [
        ("Who?", window()),
        ("When?", window(title="Swiss")),
        ("When?", window(text="Since 1900.")),
    ]:
        remembering.read(question, [window(), asked] if question == "When?" else [asked])

    assert [(question, len(windows)) for question, windows in reader.asked] == [
        ("When?", 1),
        ("Who?", 1),
        ("When?", 1),
        ("When?", 1),
    ]


def test_the_same_text_elsewhere_gives_the_span_there() -> None:
    reader = scripted()
    remembering = RememberingReader(reader)

    readings = remembering.read("When?", [window(0), window(500)])

    assert [each.span for each in readings] == [(25, 29), (525, 529)]
    assert remembering.read("When?", [window(70)])[0].span == (95, 99)
    assert len(reader.asked) == 1


def test_what_was_not_asked_for_the_longest_time_is_forgotten() -> None:
    reader = scripted()
    remembering = RememberingReader(reader, most_readings=2)
    for question in ("When 1?", "When 2?", "When 1?", "When 3?", "When 1?", "When 2?"):
        remembering.read(question, [window()])

    assert [question for question, _ in reader.asked] == [
        "When 1?",
        "When 2?",
        "When 3?",
        "When 2?",
    ]


def test_more_than_is_remembered_can_be_read_at_once() -> None:
    remembering = RememberingReader(scripted(), most_readings=2)
    asked = [window(text=f"{year}") for year in range(1900, 1910)]

    assert len(remembering.read("When?", asked)) == 10


def test_threads_share_what_is_remembered() -> None:
    remembering = RememberingReader(scripted(), most_readings=20)

    def ask(number: int) -> Reading:
        return remembering.read(f"When {number % 30}?", [window(number)])[0]

    with ThreadPoolExecutor(8) as executor:
        found = list(executor.map(ask, range(300)))
    assert [each.span[0] for each in found] == [number + 25 for number in range(300)]


def test_it_is_the_reader_behind_it_besides() -> None:
    reader = scripted()
    remembering = RememberingReader(reader)

    assert remembering.supported([("The tunnel", TEXT)]).tolist() == [4.0]
    assert remembering.fingerprint == "scripted"
    remembering.close()
    assert reader.is_closed
