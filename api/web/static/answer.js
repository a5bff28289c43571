// One answer: the short one first, its text with markers that open sources, what it stands on, how sure
// it is. Drawn the same way while it streams, when it is whole, and when a conversation is opened again.

import { copyText, h, icon, iconButton, many, markWords } from "./dom.js";
import { numbered, shown, slice, squeezed, unitIndex, wordsThatAnswer } from "./text.js";

const MARKERS = /\s?\[(\d{1,4})\]/y;
const NEAREST = 3;
const MARKDOWN_FILE = /\.(md|markdown)$/i;
// Characters for private use stand for markers while Markdown is drawn; the text's own are replaced.
const [OPEN, CLOSE] = ["\ue000", "\ue001"];
const PRIVATE = /[\ue000\ue001]/g;
const PLACEHOLDER = /\ue000(\d+)\ue001/g;
const AROUND = /^[\s.,;:!?…"'“”‘’«»]+|[\s.,;:!?…"'“”‘’«»]+$/g;

/** Where in its file a span lies: "page 3", "slide 4", or else "lines 4–6". */
export function spotOf(span) {
  const range = (word, from, to) => (from === to ? `${word} ${from}` : `${word}s ${from}–${to}`);
  return [
    span.start_page_number && range("page", span.start_page_number, span.end_page_number),
    span.place && shown(span.place),
  ].filter(Boolean).join(" · ") || range("line", span.start_line, span.end_line);
}

/** Where a source lies, as "lines 4–6 · Chapter › Section". */
export function placeOf(source) {
  return [
    spotOf(source),
    shown(headingBelow(source.document_title, source.heading ?? "")),
  ].filter(Boolean).join(" · ");
}

/** The headings without the title where they only begin by repeating it. */
function headingBelow(title, heading) {
  if (heading === title) return "";
  return heading.startsWith(`${title} › `) ? heading.slice(title.length + 3) : heading;
}

/** The text cut at its markers: strings and {from, end, citation, weak} in turn. What merely looks like a marker,
 * as "[1]" inside a quoted document, stays text: a marker follows a span that its citation has. It is
 * weak where the sentence before it is only partly supported. */
export function cutAtMarkers(text, citations, sentences = []) {
  const byNumber = new Map(citations.map((citation) => [citation.number, citation]));
  const markers = new Map();
  for (const citation of citations) {
    for (const span of citation.answer_spans) {
      const weak = sentences.some((each) => each.support === "weak"
        && each.start_index <= span.start_index && span.start_index < each.end_index);
      MARKERS.lastIndex = unitIndex(text, span.end_index);
      for (;;) {
        const from = MARKERS.lastIndex;
        const found = MARKERS.exec(text);
        if (!found || !byNumber.has(Number(found[1]))) break;
        markers.set(from, { from, end: MARKERS.lastIndex, citation: byNumber.get(Number(found[1])), weak });
      }
    }
  }
  const cut = [];
  let at = 0;
  for (const [from, marker] of [...markers].sort((one, other) => one[0] - other[0])) {
    if (from < at) continue;
    cut.push(text.slice(at, from), marker);
    at = marker.end;
  }
  cut.push(text.slice(at));
  return cut;
}

function markerButton({ citation, weak }, openSource) {
  const title = shown(citation.document_title);
  const remarks = [citation.stale && "changed since", weak && "supports this only in part"].filter(Boolean);
  const button = h("button", {
    type: "button", class: ["marker", citation.stale && "stale", weak && "weak"].filter(Boolean).join(" "),
    "aria-label": [`Source ${citation.number}: ${title}`, ...remarks].join(", "),
    title: [title, ...remarks].join(", "),
    on: { click: () => openSource(citation, button) },
  }, `[${citation.number}]`);
  return button;
}

/** The short answer as a line of its own, with the marker of the source that has its words; null where
 * there is none, and where the text begins with a sentence that says no more. */
export function shortAnswer({ short_answer: words, answer: text, citations, sentences }, openSource) {
  if (!words) return null;
  const first = sentences.length ? slice(text, 0, sentences[0].end_index) : text;
  if (squeezed(first).replace(AROUND, "") === squeezed(words).replace(AROUND, "")) return null;
  const has = (quote) => squeezed(quote).includes(squeezed(words));
  const citation = citations.find((each) => each.highlights.some((span) => has(slice(
    each.cited_text, span.start_char_index - each.start_char_index, span.end_char_index - each.start_char_index))))
    ?? citations.find((each) => has(each.cited_text));
  const line = h("strong", {}, shown(squeezed(words)));
  if (citation && MARKDOWN_FILE.test(citation.filename)) {
    import("./markdown.js").then(({ rendered }) => {
      line.textContent = rendered(line.textContent, { inline: true }).textContent;
    }, () => { /* As the file has it. */ });
  }
  return h("p", { class: "short-answer" }, line,
    citation ? markerButton({ citation, weak: false }, openSource) : null);
}

const isMarkdown = (citations, method) =>
  method === "llm" || (citations.length > 0 && citations.every(({ filename }) => MARKDOWN_FILE.test(filename)));

/** Draws an answer's text into `place`, in place of what was there. */
export function drawText(place, { answer: text, citations, method, sentences }, openSource) {
  const cut = cutAtMarkers(text, citations, sentences);
  const marker = (part) => markerButton(part, openSource);
  const answering = numbered(wordsThatAnswer(text, citations), cut);
  place.replaceChildren(h("p", {}, cut.map((part) => (
    typeof part === "string" ? h("span", { class: "said" }, shown(part)) : marker(part)))));
  for (const each of answering) markWords(place, each);
  if (!isMarkdown(citations, method)) return;
  const source = cut.map((part, index) => (
    typeof part === "string" ? shown(part).replace(PRIVATE, "\ufffd") : `${OPEN}${index}${CLOSE}`)).join("");
  const drawn = Symbol("drawing");
  place.drawing = drawn;
  import("./markdown.js").then(({ rendered }) => {
    if (place.drawing !== drawn) return;
    const inline = method !== "llm";
    const fragment = rendered(source, { inline });
    putMarkers(fragment, (index) => marker(cut[index]));
    for (const { words, nth } of answering) {
      markWords(fragment, { words: rendered(words, { inline: true }).textContent, nth });
    }
    place.replaceChildren(inline ? h("p", {}, fragment) : fragment);
  }, () => { /* The plain text stands already. */ });
}

function putMarkers(fragment, marker) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts.filter(({ data }) => data.includes(OPEN))) {
    const parts = node.data.split(PLACEHOLDER);
    node.replaceWith(...parts.map((part, index) => (index % 2 ? marker(Number(part)) : part)));
  }
}

function sourceCard(source, number, openSource) {
  const button = h("button", { type: "button", class: "card", on: { click: () => openSource(source, button) } },
    number ? h("span", { class: "card-number", "aria-hidden": "true" }, String(number)) : icon("file"),
    h("span", { class: "card-body" },
      h("span", { class: "card-title" }, shown(source.document_title)),
      h("span", { class: "card-place" }, placeOf(source)),
      source.text ? h("span", { class: "card-text" }, shown(source.text)) : null),
    source.stale ? h("span", { class: "badge warn" }, "Changed since") : null);
  return h("li", {}, button);
}

function byDocument(citations) {
  const groups = new Map();
  for (const each of citations) groups.set(each.file_id, [...(groups.get(each.file_id) ?? []), each]);
  return [...groups.values()];
}

/** One card for several quotes from the same document, each with a button of its own. */
function sharedCard(citations, openSource) {
  const buttons = citations.map((each) => {
    const button = h("button", {
      type: "button", class: "place", "aria-label": `Source ${each.number}: ${placeOf(each)}`,
      on: { click: () => openSource(each, button) },
    },
      h("span", { class: "card-number", "aria-hidden": "true" }, String(each.number)),
      h("span", { class: "card-place" }, placeOf(each)));
    return h("li", {}, button);
  });
  return h("li", { class: "card shared" },
    icon("file"),
    h("div", { class: "card-body" },
      h("span", { class: "card-title" }, shown(citations[0].document_title)),
      h("ul", { class: "places" }, buttons)),
    citations.some(({ stale }) => stale) ? h("span", { class: "badge warn" }, "Changed since") : null);
}

const passages = (hits, openSource) =>
  h("ul", { class: "cards passages" }, hits.map((hit) => sourceCard(hit, null, openSource)));

/** A whole answer in `place`; `feedback` is what was thought of it, or null. */
export function drawAnswer(place, answer, feedback, openSource) {
  const found = answer.status !== "not_found";
  place.setAttribute("aria-busy", "false");
  place.className = `answer ${answer.status}`;
  place.replaceChildren(...(found ? foundParts(answer, openSource) : missingParts(answer, openSource)),
    foot(answer, feedback, found));
}

function foundParts(answer, openSource) {
  const prose = h("div", { class: "prose" });
  drawText(prose, answer, openSource);
  const stale = answer.citations.some((citation) => citation.stale);
  return [
    answer.status === "partial"
      ? h("p", { class: "badge warn" }, "Partial answer: not every part of the question was found") : null,
    answer.notice ? h("p", { class: "note" }, shown(answer.notice)) : null,
    shortAnswer(answer, openSource),
    prose,
    doubted(answer.sentences),
    h("h3", { class: "visually-hidden" }, "Sources"),
    h("ul", { class: "cards" }, byDocument(answer.citations).map((each) => (
      each.length === 1 ? sourceCard(each[0], each[0].number, openSource) : sharedCard(each, openSource)))),
    stale ? h("p", { class: "note" }, "A source has changed or gone since it was read. The quote is as it was then; quoth ingest reads the files again.") : null,
    folded(`Passages looked at (${answer.hits.length})`, answer.hits, openSource),
  ].filter(Boolean);
}

/** What is to be said of sentences that their sources do not carry, or only in part. */
function doubted(sentences) {
  const count = (support) => sentences.filter((each) => each.support === support).length;
  const remarks = [
    count("weak") && `${many(count("weak"), "sentence")} only partly supported: check the marked sources.`,
    count("unsupported") && `${many(count("unsupported"), "sentence")} struck out: the sources do not say it.`,
  ].filter(Boolean);
  return remarks.length ? h("p", { class: "note" }, remarks.join(" ")) : null;
}

function missingParts(answer, openSource) {
  return [
    h("p", { class: "missing" }, icon("search"), "Not found in these documents"),
    h("p", { class: "note" }, answer.hits.length
      ? "No passage answers this well enough to be quoted. These come nearest:"
      : "No passage comes near."),
    answer.notice ? h("p", { class: "note" }, shown(answer.notice)) : null,
    passages(answer.hits.slice(0, NEAREST), openSource),
    folded("Further passages", answer.hits.slice(NEAREST), openSource),
  ].filter(Boolean);
}

function folded(summary, hits, openSource) {
  if (!hits.length) return null;
  return h("details", { class: "more" }, h("summary", {}, summary), passages(hits, openSource));
}

function foot(answer, feedback, found) {
  const percent = Math.round(answer.confidence * 100);
  const bar = h("span", { class: "sure-bar", "aria-hidden": "true" }, h("span", {}));
  bar.firstChild.style.width = `${percent}%`;
  const made = answer.method === "llm" ? "Written from the sources by a language model" : "Quoted word for word";
  const place = h("div", { class: "answer-actions" });
  if (found) place.append(iconButton("copy", "Copy the answer", () => copyText(asText(answer), "The answer is copied.")));
  import("./feedback.js").then(({ feedbackButtons }) => place.append(...feedbackButtons(answer.id, feedback, place)), () => {});
  return h("footer", { class: "answer-foot" },
    h("span", { class: "sure", title: "How probable it is that the documents answer the question" }, bar,
      `Confidence ${percent} %`),
    found ? h("span", { class: "method" }, made) : null,
    place);
}

function asText(answer) {
  const sources = answer.citations.map((each) => `[${each.number}] ${each.document_title} (${each.filename}, ${placeOf(each)})`);
  const short = shortAnswer(answer, null) ? [squeezed(answer.short_answer), ""] : [];
  return [...short, answer.answer, "", ...sources].join("\n");
}

/** What is told to those who do not see the answer appear. */
export function summaryOf(answer) {
  if (answer.status === "not_found") return "Not found in these documents.";
  const partial = answer.status === "partial" ? "Partial answer" : "Answer";
  const short = shortAnswer(answer, null) ? `: ${squeezed(answer.short_answer)}` : "";
  return `${partial} with ${many(answer.citations.length, "source")}${short}.`;
}
