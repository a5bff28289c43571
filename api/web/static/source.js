// A document with the quote marked in it: in the pane beside an answer, or as a page; as text, or as
// the pages that it was read from.

import { placeOf, spotOf } from "./answer.js";
import { documentPath, query, request } from "./api.js";
import { copyText, h, icon, iconButton, problemNote } from "./dom.js";
import { hasPages, showPages, viewSwitch } from "./pages.js";
import { length, literalGlob, pieces, shown, slice } from "./text.js";

const PANE_CONTEXT_CHARS = 6000;
const MOST_NAMESAKES = 3;

/** The address of a document's page. */
export const addressOf = ({ id, start, end }) =>
  `/documents/${encodeURIComponent(id)}${query({ start, end })}`;

/** Shows a source in `place`.
 *
 * source: {id, start, end, highlights?, stale?, kept?}, offsets in code points of the document's text;
 *   `kept` is the citation or the passage of an answer, shown where the document itself is gone.
 * onClose: closes the pane; null where the source is a page of its own. */
export async function showSource(place, source, onClose) {
  let hasSpan = source.start !== null && source.end !== null;
  let isMissed = false;
  let view = null;
  let text = null;
  const title = h(onClose ? "h2" : "h1", { class: "source-title", tabindex: "-1" }, "…");
  const where = h("p", { class: "source-where" });
  const link = addressOf(source);
  const body = h("div", { class: "source-body", tabindex: "0", role: "region", "aria-label": "Text of the document", "aria-busy": "true" });
  const links = [
    iconButton("link", "Copy a link to this place", () => copyText(new URL(link, location.href).href, "The link is copied.")),
    onClose ? h("a", { class: "icon-button", href: link, "data-go": true, "aria-label": "Open as a page", title: "Open as a page" }, icon("open")) : null,
  ].filter(Boolean);
  const views = viewSwitch(choose);
  const head = h("header", { class: "source-head" },
    h("div", { class: "source-names" }, title, where, views),
    h("div", { class: "source-actions" }, links,
      onClose ? iconButton("close", "Close the source", onClose) : null));
  place.replaceChildren(head, body);
  if (onClose) title.focus({ preventScroll: true });
  await draw(onClose && hasSpan ? PANE_CONTEXT_CHARS : null);

  async function draw(contextChars) {
    try {
      const span = hasSpan ? { start: source.start, end: source.end } : {};
      const found = await request(`${documentPath(source.id)}/text${query({ ...span, context_chars: contextChars })}`);
      title.textContent = shown(found.title || found.filename);
      where.replaceChildren(...whereabouts(found));
      if (!onClose) document.title = `${found.title || found.filename} · Quoth`;
      text = { found, contextChars };
      if (hasPages(found.media_type) && !source.stale) await choose(view ?? "page");
      else drawText(found, contextChars);
    } catch (problem) {
      if (problem.status === 422 && hasSpan) {
        hasSpan = false;
        isMissed = true;
        await draw(null);
      } else if (problem.status === 404) {
        drawGone();
      } else {
        title.textContent = "The source cannot be shown";
        body.replaceChildren(problemNote(problem, () => draw(contextChars)));
      }
    }
    body.setAttribute("aria-busy", "false");
  }

  /** Shows the pages or the text of what was fetched. */
  async function choose(name) {
    view = name;
    views.choose(name);
    const { found, contextChars } = text;
    body.setAttribute("aria-label", name === "page" ? "Pages of the document" : "Text of the document");
    if (name === "text") {
      drawText(found, contextChars);
      return;
    }
    const [start, end] = hasSpan ? [source.start, source.end] : [null, null];
    try {
      await showPages(body, { id: source.id, start, end, title: title.textContent });
    } catch (problem) {
      if (view !== "page") return;
      views.hidden = true;
      drawText(found, contextChars);
      body.prepend(h("p", { class: "notice warn" }, `${problem.message} This is its text as it was.`));
    }
  }

  function drawGone() {
    const { kept } = source;
    for (const each of links) each.remove();
    if (!kept) {
      title.textContent = "This document is not here";
      if (!onClose) document.title = "Not here · Quoth";
      body.replaceChildren(h("p", { class: "notice" },
        "No document has this address. It was removed, or its file has changed since and has another address now. ",
        h("a", { href: "/?view=documents", "data-go": true }, "See the documents"), "."));
      return;
    }
    title.textContent = shown(kept.document_title || kept.filename);
    where.replaceChildren(h("span", { class: "path" }, shown(kept.filename)), ` · ${placeOf(kept)}`);
    const said = kept.cited_text ?? kept.text;
    const now = h("p", { class: "note" });
    body.replaceChildren(
      h("p", { class: "notice warn" }, "This file has changed or gone since; this is what it said."),
      h("div", { class: "source-text", dir: "auto" }, quote(said, 0, length(said), kept.start_char_index)), now);
    drawNamesakes(kept.filename, now);
  }

  /** Links to what has the file's name now. */
  async function drawNamesakes(filename, place) {
    const filters = JSON.stringify({ filename: literalGlob(filename) });
    try {
      const { documents } = await request(`/v1/documents${query({ filters, limit: MOST_NAMESAKES })}`);
      if (!documents.length) {
        place.textContent = "No document has this file's name now.";
        return;
      }
      place.append(documents.length === 1 ? "" : "Several documents have this file's name now: ",
        ...documents.flatMap((each, index) => [index ? ", " : "",
          h("a", { href: addressOf({ id: each.id }), "data-go": true },
            documents.length === 1 ? "See the file as it is now" : shown(each.title || each.filename))]));
    } catch { /* The quote stands without it. */ }
  }

  function whereabouts(found) {
    const spot = found.span ? spotOf(found.span) : "";
    return [h("span", { class: "path" }, shown(found.filename)), spot ? ` · ${spot}` : ""];
  }

  function drawText(found, contextChars) {
    const offset = found.text_start_char_index;
    const last = offset + length(found.text);
    const isCut = contextChars !== null && (offset > 0 || last < found.length_chars);
    const all = (label) => h("button", {
      type: "button", class: "text-button source-all", on: { click: () => draw(null) },
    }, label);
    const parts = [];
    if (isMissed) parts.push(h("p", { class: "notice warn" }, "The place that this link points to is not in this document."));
    if (source.stale) parts.push(h("p", { class: "notice warn" }, "The file has changed or gone since it was read. This is its text as it was."));
    if (isCut && offset > 0) parts.push(all("Show the whole document"));
    const text = h("div", { class: "source-text", dir: "auto" }, offset > 0 ? "… " : "");
    if (found.span) {
      const [start, end] = [found.span.start_char_index - offset, found.span.end_char_index - offset];
      text.append(shown(slice(found.text, 0, start)), quote(found.text, start, end, offset), shown(slice(found.text, end, Infinity)));
    } else {
      text.append(shown(found.text));
    }
    if (last < found.length_chars) text.append(" …");
    parts.push(text);
    if (isCut && last < found.length_chars) parts.push(all("Show the whole document"));
    body.replaceChildren(...parts);
    scrollToQuote();
  }

  function quote(text, start, end, offset) {
    const inner = slice(text, start, end);
    const spans = (source.highlights ?? source.kept?.highlights ?? []).map((span) => [
      Math.max(0, span.start_char_index - offset - start), span.end_char_index - offset - start]);
    return h("mark", { id: "quote" }, pieces(inner, spans).map((piece) =>
      (piece.inside ? h("strong", {}, shown(piece.text)) : shown(piece.text))));
  }

  function scrollToQuote() {
    const mark = body.querySelector("mark");
    if (!mark) return;
    const above = mark.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTop += above - Math.min(body.clientHeight / 3, 160);
  }
}
