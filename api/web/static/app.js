// The page's frame: which view an address stands for, the source pane, the menu, keys of the keyboard.
//
//   /                              a new conversation       /?conversation=ID     one that was kept
//   /?view=documents               the documents            /documents/ID         a document's text
//   …&source=ID&start=S&end=E      beside a conversation, a source, opened at a quote

import { storedKey, storeKey } from "./api.js";
import { createConversations } from "./conversations.js";
import { byId, icon, problemNote } from "./dom.js";
import { createThread } from "./thread.js";

const NARROW = matchMedia("(max-width: 860px)");
const app = byId("app");
const main = byId("main");
const pane = byId("source");
const sidebar = byId("sidebar");

let documents = null;
let opener = null;
let openKey = null;
let shownView = null;
let routed = 0;
// The conversations that began on this page, by what their entries of the history call them.
const begun = new Map();

const thread = createThread({ openSource, onBegin, onKept });
const conversations = createConversations(byId("conversations"), {
  onGone: (id) => { if (thread.conversation === id) go("/"); },
});

// ---- addresses ----

function go(address, { replace = false, state = null, keep = false } = {}) {
  const url = new URL(address, location.href);
  history[replace ? "replaceState" : "pushState"](state, "", url);
  return route({ keep });
}

/** Shows what the address says; `keep` leaves a view alone that is there already. */
async function route({ keep = false } = {}) {
  routed += 1;
  const mine = routed;
  const url = addressOfHistory();
  const page = url.pathname.match(/^\/documents\/([^/]+)$/);
  const inDocuments = !page && url.searchParams.get("view") === "documents";
  const conversation = page || inDocuments ? null : url.searchParams.get("conversation");
  closeMenu();
  mark(inDocuments, page || inDocuments ? null : conversation, url.pathname === "/" && !inDocuments);
  const view = page ? url.pathname + url.search : inDocuments ? "documents" : threadView(conversation);
  if (!keep || view !== shownView) {
    shownView = view;
    if (page) await showPage(decodeURIComponent(page[1]), url.searchParams);
    else if (inDocuments) await showDocuments();
    else await showThread(conversation);
  }
  if (mine === routed) await showPane(page || inDocuments ? null : sourceIn(url.searchParams));
}

/** The address; an entry in which a conversation began, before it had an id, gets the id now. */
function addressOfHistory() {
  const url = new URL(location.href);
  const kept = url.pathname === "/" && begun.get(history.state?.draft);
  if (kept && !url.searchParams.has("conversation")) {
    url.searchParams.set("conversation", kept);
    history.replaceState(history.state, "", url);
  }
  return url;
}

const threadView = (conversation) => `conversation ${conversation ?? history.state?.draft ?? ""}`;

function mark(inDocuments, conversation, inThread) {
  const current = (element, is) => (is ? element.setAttribute("aria-current", "page") : element.removeAttribute("aria-current"));
  current(byId("documents-link"), inDocuments);
  current(byId("new"), inThread && conversation === null);
  conversations.mark(conversation);
}

function put(view) {
  if (main.firstElementChild !== view) main.replaceChildren(view);
}

async function showThread(conversation) {
  const mine = routed;
  put(thread.element);
  // A first answer that is still being made is there already.
  if (conversation !== null || history.state?.draft !== thread.draft) await thread.show(conversation);
  if (mine !== routed) return;
  setTitle();
  const isReading = sourceIn(new URL(location.href).searchParams) || main.contains(document.activeElement);
  if (!NARROW.matches && !isReading) thread.focus();
}

function setTitle() {
  document.title = thread.title ? `${thread.title} · Quoth` : "Quoth";
}

async function documentsView() {
  documents ??= (await import("./documents.js")).createDocuments();
  return documents;
}

async function showDocuments() {
  document.title = "Documents · Quoth";
  try {
    const view = await documentsView();
    put(view.element);
    view.load();
  } catch (problem) {
    put(problemNote(problem, () => route()));
  }
}

async function showPage(id, parameters) {
  const page = document.createElement("article");
  page.className = "page document";
  put(page);
  const { showSource } = await import("./source.js");
  await showSource(page, { id, start: parameters.get("start"), end: parameters.get("end") }, null);
}

// ---- the source pane ----

function sourceIn(parameters) {
  const id = parameters.get("source");
  return id && { id, start: parameters.get("start"), end: parameters.get("end") };
}

function addressWith(source) {
  const url = new URL(location.href);
  for (const name of ["source", "start", "end"]) url.searchParams.delete(name);
  if (thread.conversation) url.searchParams.set("conversation", thread.conversation);
  if (source) {
    url.searchParams.set("source", source.file_id);
    url.searchParams.set("start", source.start_char_index);
    url.searchParams.set("end", source.end_char_index);
  }
  return url;
}

/** Opens a citation's or a passage's source; its `opener` gets the focus back. */
function openSource(source, from) {
  opener?.classList.remove("open");
  opener = from;
  const state = { highlights: source.highlights ?? [], stale: source.stale ?? false, draft: history.state?.draft };
  go(addressWith(source), { state, replace: openKey !== null, keep: true });
}

function closeSource() {
  go(addressWith(null), { state: { draft: history.state?.draft }, replace: true, keep: true });
}

async function showPane(source) {
  const key = source && [source.id, source.start, source.end].join(" ");
  if (key === openKey) return;
  openKey = key;
  app.classList.toggle("reading", Boolean(source));
  pane.hidden = !source;
  if (!source) {
    pane.replaceChildren();
    opener?.classList.remove("open");
    standIn(opener)?.focus();
    opener = null;
    return;
  }
  opener?.classList.add("open");
  const { showSource } = await import("./source.js");
  if (openKey === key) await showSource(pane, { ...source, kept: thread.sourceAt(source), ...history.state }, closeSource);
}

/** The marker itself, or the one in its place where the answer was drawn anew meanwhile. */
function standIn(marker) {
  if (!marker || marker.isConnected) return marker;
  const name = marker.getAttribute("aria-label");
  return [...main.querySelectorAll(".marker")].findLast((each) => each.getAttribute("aria-label") === name);
}

function onBegin(draft) {
  history.replaceState({ ...history.state, draft }, "");
  shownView = threadView(null);
}

function onKept(conversation, draft) {
  begun.set(draft, conversation);
  if (location.pathname === "/" && !new URL(location.href).searchParams.has("view")) {
    history.replaceState(history.state, "", currentAddress(conversation));
    shownView = threadView(conversation);
    mark(false, conversation, true);
    setTitle();
  }
  conversations.load();
}

function currentAddress(conversation) {
  const url = new URL(location.href);
  url.searchParams.set("conversation", conversation);
  return url;
}

// ---- the menu on narrow screens ----

function openMenu() {
  app.classList.add("menu-open");
  byId("scrim").hidden = false;
  byId("menu").setAttribute("aria-expanded", "true");
  setInert();
  byId("menu-close").focus();
}

function closeMenu() {
  if (!app.classList.contains("menu-open")) return;
  app.classList.remove("menu-open");
  byId("scrim").hidden = true;
  byId("menu").setAttribute("aria-expanded", "false");
  setInert();
  byId("menu").focus();
}

function setInert() {
  const open = app.classList.contains("menu-open");
  sidebar.inert = NARROW.matches && !open;
  main.inert = NARROW.matches && open;
}

// ---- what happens on the page ----

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.href);
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (app.classList.contains("menu-open")) closeMenu();
    else if (openKey !== null) closeSource();
  } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
    event.preventDefault();
    if (main.firstElementChild !== thread.element) go("/").then(thread.focus);
    else thread.focus();
  }
});

const isTyping = (element) => element.matches?.("input, textarea, select, [contenteditable]");

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
let dragged = 0;
addEventListener("dragenter", (event) => { if (hasFiles(event)) { dragged += 1; app.classList.add("dropping"); } });
addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  dragged -= 1;
  if (dragged <= 0) endDrag();
});
addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
addEventListener("drop", async (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  endDrag();
  const files = [...event.dataTransfer.files];
  if (main.firstElementChild !== documents?.element) await go("/?view=documents");
  (await documentsView()).upload(files);
});
function endDrag() {
  dragged = 0;
  app.classList.remove("dropping");
}

const showForget = () => { byId("forget-key").hidden = storedKey() === null; };
byId("forget-key").addEventListener("click", () => { storeKey(null); location.assign("/"); });
addEventListener("quoth-key", showForget);
addEventListener("popstate", () => route({ keep: true }));
NARROW.addEventListener("change", setInert);
byId("menu").addEventListener("click", openMenu);
byId("menu-close").addEventListener("click", closeMenu);
byId("scrim").addEventListener("click", closeMenu);

const symbols = {
  menu: "menu", "menu-close": "close", "new-short": "plus", new: "plus", "documents-link": "files",
  theme: "theme", "forget-key": "key",
};
for (const [id, name] of Object.entries(symbols)) byId(id).prepend(icon(name));

showForget();
setInert();
conversations.load();
route();
