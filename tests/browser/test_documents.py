import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.client import TUNNELS
from tests.browser.actions import ask
from tests.browser.conftest import OpenPage

WriteFile = Callable[[str, str], Path]

DROP = """([name, text]) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([text], name, { type: "text/plain" }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    page = open_page("/?view=documents")
    expect(page.locator(".row").first).to_be_visible()
    return page


def test_documents_are_listed_with_their_state(page: Page) -> None:
    row = page.locator(".row", has_text="hr/leave.md")
    expect(row).to_contain_text("Leave policy")
    expect(row).to_contain_text("2 passages indexed")
    expect(row.locator(".badge")).to_have_text("From a folder")


def test_a_file_that_could_not_be_read_is_listed_with_the_reason(page: Page) -> None:
    failed = page.locator(".failed")
    expect(failed).to_contain_text("1 file could not be read")
    expect(failed).to_contain_text("broken.txt")
    expect(failed.locator(".reason")).to_contain_text("binary")


def test_the_list_is_filtered_by_file_name_whatever_the_case(page: Page) -> None:
    box = page.get_by_label("Filter by file name")
    box.fill("LEAVE")
    expect(page.locator(".row")).to_have_count(1)
    box.fill("[*")
    expect(page.locator(".document-list")).to_contain_text("No file name holds “[*”.")


def test_files_are_uploaded_listed_asked_and_deleted(page: Page, upload_file: WriteFile) -> None:
    files = [
        upload_file("zebra.txt", "The zebra of the circus is named Quintus.\n"),
        upload_file("giraffe.md", "# Giraffe\n\nThe giraffe of the circus is named Domitilla.\n"),
    ]
    page.get_by_label("Files to add").set_input_files(files)
    expect(page.locator(".row", has_text="zebra.txt").locator(".badge")).to_have_text("Uploaded")
    expect(page.locator(".row", has_text="giraffe.md")).to_be_visible()
    page.get_by_role("link", name="New conversation").first.click()
    turn = ask(page, "What is the zebra of the circus named?")
    expect(turn.locator(".prose")).to_contain_text("Quintus")
    page.get_by_role("link", name="Documents", exact=True).click()
    for name in ("zebra", "Giraffe"):
        page.get_by_role("button", name=f"Delete: {name}").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("button", name=f"Delete: {name}")).to_have_count(0)


def test_a_file_that_is_there_already_is_replaced_when_asked(
    page: Page, upload_file: WriteFile
) -> None:
    chooser = page.get_by_label("Files to add")
    chooser.set_input_files(upload_file("notes.txt", "The first edition of the notes.\n"))
    expect(page.locator(".row", has_text="notes.txt")).to_be_visible()
    chooser.set_input_files(upload_file("notes.txt", "The second edition of the notes, longer.\n"))
    line = page.locator(".upload", has=page.get_by_role("alert"))
    line.get_by_role("button", name="Replace it").click()
    expect(page.locator(".row", has_text="notes.txt")).to_contain_text("41 bytes")


def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    page: Page, upload_file: WriteFile
) -> None:
    page.get_by_label("Files to add").set_input_files(upload_file("clip.xyz", "?"))
    line = page.locator(".upload", has_text="clip.xyz")
    expect(line).to_contain_text("Not added")
    expect(line.get_by_role("alert")).to_contain_text(".xyz")
    expect(line.locator(".request-id")).to_be_visible()
    line.get_by_role("button", name="Dismiss").click()
    expect(line).to_have_count(0)


def test_the_progress_of_an_upload_is_shown(page: Page, upload_file: WriteFile) -> None:
    held: list[Route] = []
    page.route("**/v1/documents", lambda route: held.append(route))
    page.get_by_label("Files to add").set_input_files(upload_file("slow.txt", "Slow.\n"))
    line = page.locator(".upload", has_text="slow.txt")
    expect(line.get_by_role("progressbar", name="Upload of slow.txt")).to_be_visible()
    expect(line.locator(".upload-state")).to_have_text(re.compile("Uploading|%|Reading"))
    held[0].abort()
    expect(line.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(line.get_by_role("button", name="Try again")).to_be_visible()


def test_a_file_is_added_by_dropping_it_on_any_view(open_page: OpenPage) -> None:
    page = open_page("/")
    expect(page.get_by_label("Your question")).to_be_visible()
    page.evaluate(DROP, ["dropped.txt", "The dropped file tells of a lantern.\n"])
    expect(page.locator(".row", has_text="dropped.txt")).to_be_visible()
    expect(page).to_have_url(re.compile(r"view=documents"))


def test_delete_is_offered_for_uploads_alone(page: Page, upload_file: WriteFile) -> None:
    page.get_by_label("Files to add").set_input_files(upload_file("lone.txt", "A lone upload.\n"))
    expect(page.get_by_role("button", name="Delete: lone")).to_be_visible()
    folder = page.locator(".row", has_text="From a folder")
    expect(folder.first).to_be_visible()
    expect(folder.get_by_role("button")).to_have_count(0)


def test_deleting_an_upload_leaves_the_same_file_of_a_folder(
    page: Page, upload_file: WriteFile
) -> None:
    page.get_by_label("Files to add").set_input_files(upload_file("copy.txt", TUNNELS))
    row = page.locator(".row", has_text="tunnels.txt")
    expect(row.locator(".badge")).to_have_text("Uploaded")
    row.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("in a folder of yours is left alone, and the document stays")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("The document stays: a folder has it, too.")
    expect(row.locator(".badge")).to_have_text("From a folder")
    expect(row.get_by_role("button")).to_have_count(0)


def test_a_title_leads_to_the_document(page: Page) -> None:
    page.get_by_role("link", name="Leave policy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leave policy")
    expect(page.locator(".source-text")).to_contain_text("thirty days of holidays")
