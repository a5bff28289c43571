// The pages of a document as pictures, with a quote's words marked on them. A picture is drawn on a
// canvas: it is fetched with the person's key, which an address in an `img` could not carry.

import { documentPath, query, request, send } from "./api.js";
import { announce, h, icon, iconButton, problemNote } from "./dom.js";

const ZOOMS = [1, 1.5, 2, 3];
const WIDTH_STEP = 200;
const MOST_WIDTH = 3000;
const NARROW = 480;
const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 };

/** Whether a document has pages that can be shown. */
export const hasPages = (mediaType) => mediaType === "application/pdf";

/** Draws the pages of a document into `place`, first the one that the span begins on.
 *
 * source: {id, start, end, title}; start and end may be null.
 * Throws the problem where the file has changed or gone, or has no pages. */
export async function showPages(place, { id, start, end, title }) {
  const span = start === null || end === null ? {} : { start, end };
  const found = await request(`${documentPath(id)}/boxes${query(span)}`);
  const marked = new Map(found.pages.map((each) => [each.page, each]));
  const quotePage = found.pages[0]?.page ?? null;
  // On a narrow screen a whole page is too small to read a quote on.
  let [page, zoom, drawing] = [quotePage ?? 1, quotePage && place.clientWidth < NARROW ? 1 : 0, null];

  const back = h("button", { type: "button", class: "text-button", hidden: true, on: { click: () => turnTo(quotePage) } }, "Back to the quote");
  const count = h("span", { class: "page-count", "aria-live": "polite" });
  const previous = iconButton("back", "Previous page", () => turnTo(page - 1));
  const next = iconButton("back", "Next page", () => turnTo(page + 1), { class: "icon-button turned" });
  const smaller = h("button", { type: "button", class: "icon-button", "aria-label": "Smaller", title: "Smaller", on: { click: () => zoomBy(-1) } }, "−");
  const larger = h("button", { type: "button", class: "icon-button", "aria-label": "Larger", title: "Larger", on: { click: () => zoomBy(1) } }, "+");
  const canvas = h("canvas", { role: "img" });
  const sheet = h("div", { class: "sheet" }, canvas);
  const scroller = h("div", { class: "sheet-scroller", tabindex: "0", role: "region", "aria-label": "The page" }, sheet);
  place.replaceChildren(h("div", {
    class: "pages", on: { keydown: onKey },
  }, h("div", { class: "page-bar", role: "toolbar", "aria-label": "Pages" }, previous, count, next, back,
    h("span", { class: "page-zoom" }, smaller, larger)), scroller));
  await draw();

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.key]) turnTo(page + KEYS[event.key]);
    else if (event.key === "+" || event.key === "=") zoomBy(1);
    else if (event.key === "-") zoomBy(-1);
    else return;
    event.preventDefault();
  }

  function turnTo(number) {
    if (number < 1 || number > found.page_count) return;
    page = number;
    draw().catch(() => { /* It is said in the sheet's place. */ });
  }

  function zoomBy(steps) {
    const wanted = Math.min(Math.max(zoom + steps, 0), ZOOMS.length - 1);
    if (wanted === zoom) return;
    zoom = wanted;
    announce(`${ZOOMS[zoom] * 100} percent`);
    draw().catch(() => { /* As above. */ });
  }

  async function draw() {
    const mine = drawing = Symbol("drawing");
    const boxes = marked.get(page)?.boxes ?? [];
    count.textContent = `Page ${page.toLocaleString("en")} of ${found.page_count.toLocaleString("en")}`;
    setDisabled(previous, page === 1);
    setDisabled(next, page === found.page_count);
    setDisabled(smaller, zoom === 0);
    setDisabled(larger, zoom === ZOOMS.length - 1);
    back.hidden = quotePage === null || marked.has(page);
    canvas.setAttribute("aria-label", `Page ${page} of ${title}${boxes.length ? "; the quote is marked" : ""}`);
    sheet.style.width = `${ZOOMS[zoom] * 100}%`;
    sheet.setAttribute("aria-busy", "true");
    let picture;
    try {
      const path = `${documentPath(id)}/pages/${page}${query({ width: widthOf(sheet) })}`;
      picture = await createImageBitmap(await (await send(path)).blob());
    } catch (problem) {
      if (drawing !== mine) return;
      scroller.replaceChildren(problemNote(problem, () => turnTo(page)));
      throw problem;
    }
    if (drawing !== mine) return;
    if (!sheet.isConnected) scroller.replaceChildren(sheet);
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    sheet.replaceChildren(canvas, ...boxes.map((box) => markOf(box, marked.get(page))));
    sheet.setAttribute("aria-busy", "false");
    showFirstMark();
  }

  function showFirstMark() {
    const mark = sheet.querySelector(".page-mark");
    const body = place.closest(".source-body") ?? place;
    if (!mark) {
      body.scrollTop = 0;
      return;
    }
    const [box, frame, across] = [mark, body, scroller].map((each) => each.getBoundingClientRect());
    body.scrollTop += box.top - frame.top - frame.height / 3;
    scroller.scrollLeft += box.left - across.left - 24;
  }
}

/** A mark over a line of words; sizes in parts of the page, so that it grows with it. */
function markOf([left, top, right, bottom], { width, height }) {
  const mark = h("span", { class: "page-mark", "aria-hidden": "true" });
  mark.style.left = `${(100 * left) / width}%`;
  mark.style.top = `${(100 * top) / height}%`;
  mark.style.width = `${(100 * (right - left)) / width}%`;
  mark.style.height = `${(100 * (bottom - top)) / height}%`;
  return mark;
}

/** Pixels across, in steps, so that a picture that was fetched before is found again. */
function widthOf(sheet) {
  const wanted = sheet.getBoundingClientRect().width * (globalThis.devicePixelRatio || 1);
  return Math.min(MOST_WIDTH, Math.max(WIDTH_STEP, Math.ceil(wanted / WIDTH_STEP) * WIDTH_STEP));
}

/** Disabled for all to know, and still where the focus was. */
const setDisabled = (button, isDisabled) => button.setAttribute("aria-disabled", String(isDisabled));

/** The switch between the page and the text. */
export function viewSwitch(onChoose) {
  const views = { page: "Page", text: "Text" };
  const buttons = Object.entries(views).map(([name, label]) => h("button", {
    type: "button", class: "view-button", "data-view": name, on: { click: () => onChoose(name) },
  }, icon(name === "page" ? "file" : "menu"), label));
  const group = h("div", { class: "view-switch", role: "group", "aria-label": "Show as", hidden: true }, buttons);
  group.choose = (name) => {
    group.hidden = false;
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.view === name));
  };
  return group;
}
