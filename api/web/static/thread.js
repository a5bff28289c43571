// The conversation at hand: its turns, the question box, and the answer that is being made.

import { drawAnswer, drawText, shortAnswer, summaryOf } from "./answer.js";
import { query, request } from "./api.js";
import { announce, h, icon, many, problemNote } from "./dom.js";
import { ask } from "./stream.js";
import { length, shown } from "./text.js";

const STAGES = { retrieving: "Looking for passages…", answering: "Choosing the words that answer…" };
const MAX_CHARS = 8000;
const COUNTED_FROM_CHARS = 7000;
const SHOWN_DOCUMENTS = 4;

const sourceKey = (id, start, end) => [id, start, end].join(" ");

let drafts = 0;
const newDraft = () => `${performance.timeOrigin} ${drafts += 1}`;

/** The view of conversations. `openSource(source, opener)` shows a source; `onBegin(draft)` is told when
 * a conversation begins, which has no id yet, and `onKept(id, draft)` when it went on. */
export function createThread({ openSource, onBegin, onKept }) {
  let conversation;
  let title = "";
  let stopping = null;
  let drawing = 0;
  let draft = newDraft();
  let sources = new Map();

  const turns = h("div", { class: "turns", role: "log", "aria-live": "polite", "aria-label": "Conversation" });
  const start = h("div", { class: "start" });
  const input = h("textarea", {
    id: "question", rows: "1", "aria-label": "Your question", "aria-describedby": "question-length",
    placeholder: "Ask your documents…", enterkeyhint: "send",
    on: { keydown: onKey, input: onInput },
  });
  const counter = h("p", { class: "composer-count", id: "question-length", hidden: true });
  const button = h("button", { type: "submit", class: "send" });
  const composer = h("form", { class: "composer", on: { submit: onSubmit } },
    h("div", { class: "composer-box" }, input, button), counter,
    h("p", { class: "composer-hint" }, h("kbd", {}, "Enter"), " asks, ", h("kbd", {}, "Shift Enter"),
      " begins a new line, ", h("kbd", {}, "/"), " comes back here"));
  const scroller = h("div", { class: "scroller" }, h("div", { class: "column" },
    h("h1", { class: "visually-hidden thread-title" }, "Conversation"), start, turns));
  const collection = h("div", { class: "collection column" });
  const element = h("section", { class: "thread", "aria-label": "Questions and answers" }, scroller, composer, collection);
  setButton();

  function setButton() {
    const label = stopping ? "Stop" : "Ask";
    button.replaceChildren(icon(stopping ? "stop" : "send"));
    button.setAttribute("aria-label", label);
    button.title = label;
    button.classList.toggle("stopping", Boolean(stopping));
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 200)}px`;
  }

  function onInput() {
    grow();
    count();
  }

  /** Tells of the limit when it is near; whether the question keeps to it. */
  function count() {
    const chars = length(input.value.trim());
    const excess = chars - MAX_CHARS;
    const was = counter.className;
    counter.hidden = chars < COUNTED_FROM_CHARS;
    counter.className = excess > 0 ? "composer-count over" : "composer-count";
    counter.textContent = excess > 0
      ? `A question has at most ${MAX_CHARS.toLocaleString("en")} characters: this is ${many(excess, "character")} too long.`
      : `${chars.toLocaleString("en")} of ${MAX_CHARS.toLocaleString("en")} characters`;
    input.setAttribute("aria-invalid", String(excess > 0));
    if (excess > 0 && was !== counter.className) announce(counter.textContent);
    return excess <= 0;
  }

  function onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!stopping) composer.requestSubmit();
    }
  }

  function onSubmit(event) {
    event.preventDefault();
    if (stopping) {
      stopping.abort();
      return;
    }
    const question = input.value.trim();
    if (!question) return;
    if (!count()) {
      announce(counter.textContent);
      return;
    }
    input.value = "";
    onInput();
    answerTo(question);
  }

  function addTurn(question) {
    element.classList.remove("empty");
    const place = h("div", { class: "answer" });
    const turn = h("article", { class: "turn" }, h("h2", { class: "question" }, shown(question)), place);
    turns.append(turn);
    return { turn, place };
  }

  async function answerTo(question, again = null) {
    const { turn, place } = again ?? addTurn(question);
    const controller = new AbortController();
    stopping = controller;
    setButton();
    const live = liveAnswer(place);
    if (!conversation) onBegin(draft);
    turn.scrollIntoView({ block: "start" });
    const retry = () => answerTo(question, { turn, place });
    try {
      const answer = await ask(
        { question, ...(conversation ? { conversation_id: conversation } : {}) },
        { signal: controller.signal, on: live });
      live.end();
      if (controller.left) return;
      drawAnswer(place, answer, null, openSource);
      remember(answer);
      announce(summaryOf(answer));
      conversation = answer.conversation_id;
      title ||= question;
      onKept(conversation, draft);
    } catch (problem) {
      live.end();
      if (controller.left) return;
      place.setAttribute("aria-busy", "false");
      if (problem.name === "AbortError") {
        place.append(h("p", { class: "note stopped" }, "Stopped. ",
          h("button", { type: "button", class: "text-button", on: { click: retry } }, "Ask again")));
      } else {
        place.querySelector(".stage")?.remove();
        place.append(problemNote(problem, retry));
      }
    } finally {
      if (stopping === controller) {
        stopping = null;
        setButton();
      }
    }
  }

  function liveAnswer(place) {
    let text = "";
    let short = null;
    let frame = 0;
    const citations = [];
    const stage = h("p", { class: "stage" }, h("span", { class: "dot", "aria-hidden": "true" }), "Asking…");
    const prose = h("div", { class: "prose" });
    place.className = "answer";
    place.setAttribute("aria-busy", "true");
    // The stage stands below what has come, so that nothing moves when it goes.
    place.replaceChildren(prose, stage);
    const drawNow = () => {
      frame = 0;
      const answer = { answer: text, short_answer: short, citations, sentences: [], method: "extractive" };
      place.querySelector(".short-answer")?.remove();
      prose.before(...[shortAnswer(answer, openSource)].filter(Boolean));
      if (text) drawText(prose, answer, openSource);
    };
    const draw = () => { frame ||= requestAnimationFrame(drawNow); };
    return {
      status: (event) => {
        stage.lastChild.textContent = STAGES[event.stage] ?? "Asking…";
        short = event.short_answer ?? null;
        if (short) draw();
      },
      delta: (event) => { text += event.text; draw(); },
      citation: (event) => { citations.push(event); remember({ citations, hits: [] }); draw(); },
      end: () => {
        cancelAnimationFrame(frame);
        if (text || short) drawNow();
        stage.remove();
      },
    };
  }

  function leave() {
    if (stopping) {
      stopping.left = true;
      stopping.abort();
    }
    drawing += 1;
    draft = newDraft();
    sources = new Map();
  }

  /** What an answer stands on can be shown even when its document is gone. */
  function remember({ citations, hits }) {
    for (const each of [...hits, ...citations]) {
      sources.set(sourceKey(each.file_id, each.start_char_index, each.end_char_index), each);
    }
  }

  async function drawStart() {
    const mine = drawing;
    collection.replaceChildren();
    start.replaceChildren(
      h("h1", {}, "What do you want to know?"),
      h("p", {}, "Quoth answers in the words of your documents and shows the place that each of them comes from."));
    try {
      const { documents, next } = await request(`/v1/documents${query({ limit: SHOWN_DOCUMENTS })}`);
      if (mine === drawing) collection.append(...overview(documents, next));
    } catch (problem) {
      if (mine === drawing) collection.append(problemNote(problem, drawStart));
    }
  }

  function overview(documents, next) {
    if (!documents.length) {
      return [h("p", { class: "notice" }, "There are no documents yet. ",
        h("a", { href: "/?view=documents", "data-go": true }, "Add some"), ", or name a folder with ",
        h("code", {}, "quoth ingest"), ".")];
    }
    const links = documents.map((each) => h("li", {},
      h("a", { href: `/documents/${encodeURIComponent(each.id)}`, "data-go": true }, icon("file"),
        h("span", {}, shown(each.title)))));
    return [
      h("h2", { class: "start-title" }, next ? "Answers come from documents like these" : `Answers come from ${many(documents.length, "document")}`),
      h("ul", { class: "start-documents" }, links),
      next ? h("a", { class: "start-all", href: "/?view=documents", "data-go": true }, "See all documents") : null,
    ].filter(Boolean);
  }

  function drawTurns(kept) {
    let place = null;
    for (const turn of kept) {
      if (turn.role === "user") ({ place } = addTurn(turn.text));
      else if (turn.answer && place) {
        drawAnswer(place, turn.answer, turn.feedback, openSource);
        remember(turn.answer);
      }
      else if (place) drawText(place, { answer: turn.text, citations: [], method: "extractive" }, openSource);
    }
    turns.lastElementChild?.scrollIntoView({ block: "start" });
  }

  async function show(id) {
    if (id === conversation && (id !== null || turns.childElementCount === 0) && element.isConnected) return;
    leave();
    const mine = drawing;
    conversation = id;
    title = "";
    turns.replaceChildren();
    start.replaceChildren();
    element.classList.toggle("empty", id === null);
    if (id === null) {
      drawStart();
      return;
    }
    try {
      const kept = await request(`/v1/conversations/${encodeURIComponent(id)}`);
      if (mine !== drawing) return;
      title = kept.title;
      turns.setAttribute("aria-live", "off");
      drawTurns(kept.turns);
      setTimeout(() => turns.setAttribute("aria-live", "polite"), 500);
    } catch (problem) {
      if (mine === drawing) turns.replaceChildren(problemNote(problem, () => { conversation = undefined; show(id); }));
    }
  }

  return {
    element,
    show,
    focus: () => input.focus(),
    /** The citation or the passage of an answer here that an address points to, if there is one. */
    sourceAt: ({ id, start: from, end }) => sources.get(sourceKey(id, from, end)),
    /** Names the conversation at hand while it has no id; no other has the same, in any page. */
    get draft() { return draft; },
    get conversation() { return conversation; },
    get title() { return shown(title); },
  };
}
