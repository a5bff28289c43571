// The conversation at hand: its turns, the question box, and the answer that is being made.

import { drawAnswer, drawText, summaryOf } from "./answer.js";
import { query, request } from "./api.js";
import { announce, h, icon, many, problemNote } from "./dom.js";
import { ask } from "./stream.js";
import { shown } from "./text.js";

const STAGES = { retrieving: "Looking for passages…", answering: "Choosing the words that answer…" };
const MAX_CHARS = 8000;
const SHOWN_DOCUMENTS = 4;

/** The view of conversations. `openSource(source, opener)` shows a source; `onKept(id)` is told of a
 * conversation that went on. */
export function createThread({ openSource, onKept }) {
  let conversation;
  let title = "";
  let stopping = null;
  let drawing = 0;

  const turns = h("div", { class: "turns", role: "log", "aria-live": "polite", "aria-label": "Conversation" });
  const start = h("div", { class: "start" });
  const input = h("textarea", {
    id: "question", rows: "1", maxlength: String(MAX_CHARS), "aria-label": "Your question",
    placeholder: "Ask your documents…", enterkeyhint: "send",
    on: { keydown: onKey, input: grow },
  });
  const button = h("button", { type: "submit", class: "send" });
  const composer = h("form", { class: "composer", on: { submit: onSubmit } },
    h("div", { class: "composer-box" }, input, button),
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
    input.value = "";
    grow();
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
    turn.scrollIntoView({ block: "start" });
    const retry = () => answerTo(question, { turn, place });
    try {
      const answer = await ask(
        { question, ...(conversation ? { conversation_id: conversation } : {}) },
        { signal: controller.signal, on: live });
      live.end();
      if (controller.left) return;
      drawAnswer(place, answer, null, openSource);
      announce(summaryOf(answer));
      conversation = answer.conversation_id;
      title ||= question;
      onKept(conversation);
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
    let frame = 0;
    const citations = [];
    const stage = h("p", { class: "stage" }, h("span", { class: "dot", "aria-hidden": "true" }), "Asking…");
    const prose = h("div", { class: "prose" });
    place.className = "answer";
    place.setAttribute("aria-busy", "true");
    place.replaceChildren(stage, prose);
    const drawNow = () => {
      frame = 0;
      drawText(prose, text, citations, "extractive", openSource);
    };
    const draw = () => { frame ||= requestAnimationFrame(drawNow); };
    return {
      status: (event) => { stage.lastChild.textContent = STAGES[event.stage] ?? "Asking…"; },
      delta: (event) => { text += event.text; draw(); },
      citation: (event) => { citations.push(event); draw(); },
      end: () => {
        cancelAnimationFrame(frame);
        if (text) drawNow();
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
      else if (turn.answer && place) drawAnswer(place, turn.answer, turn.feedback, openSource);
      else if (place) drawText(place, turn.text, [], "extractive", openSource);
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
    get conversation() { return conversation; },
    get title() { return shown(title); },
  };
}
