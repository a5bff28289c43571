// Small pieces of the page: elements, icons, dialogs, and what a screen reader is told. Text always
// becomes text nodes; nothing here takes markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h10",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  pencil: "M4 20l1-4L16.5 4.500a2.1 2.1 0 013 3L8 19z",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13",
  up: "M7 11v9H4v-9zM7 11l4-7c1.5 0 2.5 1 2.5 2.500L13 10h5.500a2 2 0 012 2.400l-1.2 6a2 2 0 01-2 1.600H7",
  down: "M7 13V4H4v9zM7 13l4 7c1.5 0 2.5-1 2.5-2.500L13 14h5.500a2 2 0 002-2.400l-1.2-6a2 2 0 00-2-1.600H7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  link: "M10 14a4 4 0 006 0l3-3a4.2 4.2 0 00-6-6l-1 1M14 10a4 4 0 00-6 0l-3 3a4.2 4.2 0 006 6l1-1",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  files: "M8 3h7l4 4v11H8zM15 3v4h4M5 7v14h11",
  upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
  theme: "M12 3a9 9 0 109 9 7 7 0 01-9-9z",
  key: "M14 10a4 4 0 10-3.5 4L12 12.500h2V10.500h2l3 3v3h-3",
  search: "M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l4 4",
  back: "M15 5l-7 7 7 7",
};

/** An element; `on` holds listeners, names with a value of null, undefined or false are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows an icon alone, and is named for those who do not see it. */
export function iconButton(name, label, onClick, properties = {}) {
  return h("button", {
    type: "button", class: "icon-button", "aria-label": label, title: label,
    on: onClick ? { click: onClick } : {}, ...properties,
  }, icon(name));
}

/** Marks words in what was drawn, the first time that they stand there or the `nth` after it, however
 * they are spread over elements. */
export function markWords(place, { words, nth }) {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let whole = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement?.closest(".marker")) continue;
    nodes.push([node, whole.length]);
    whole += node.data;
  }
  let at = whole.indexOf(words);
  for (let seen = 0; seen < nth && at >= 0; seen += 1) at = whole.indexOf(words, at + 1);
  if (!words || at < 0) return;
  for (const [node, from] of nodes) {
    const [start, end] = [Math.max(at - from, 0), Math.min(at + words.length - from, node.data.length)];
    if (start >= end) continue;
    const marked = node.splitText(start);
    marked.splitText(end - start);
    const mark = h("mark", { class: "words" });
    marked.replaceWith(mark);
    mark.append(marked);
  }
}

export const byId = (id) => document.getElementById(id);

/** Tells a screen reader, once the page has settled. */
export function announce(sentence) {
  const status = byId("status");
  status.textContent = "";
  setTimeout(() => { status.textContent = sentence; }, 50);
}

/** A short sentence at the foot of the page that goes by itself. */
export function toast(sentence) {
  document.querySelector(".toast")?.remove();
  const shown = h("div", { class: "toast" }, sentence);
  document.body.append(shown);
  announce(sentence);
  setTimeout(() => shown.remove(), 3500);
}

/** A sentence whose parts between backticks are code. */
export const withCode = (sentence) =>
  sentence.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

/** What went wrong, with what to do, the request's id, and a way on. */
export function problemNote(problem, onRetry = null) {
  return h("div", { class: "problem", role: "alert" },
    h("p", { class: "problem-what" }, withCode(problem.message)),
    problem.hint ? h("p", { class: "problem-hint" }, withCode(problem.hint)) : null,
    h("div", { class: "problem-foot" },
      onRetry ? h("button", { type: "button", class: "button", on: { click: onRetry } }, "Try again") : null,
      problem.requestId ? h("span", { class: "request-id" }, "Request ", h("code", {}, problem.requestId)) : null));
}

/** A modal dialog around some content; resolves with what `close` is called with, or null. */
export function openDialog(title, build) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" });
    let result = null;
    const close = (value) => { result = value; dialog.close(); };
    dialog.append(h("h2", { id: "dialog-title" }, title), ...build(close));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(result); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Whether a person confirms what cannot be undone. */
export async function confirmed(title, sentence, action) {
  return (await openDialog(title, (close) => [
    h("p", {}, sentence),
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", autofocus: true, on: { click: () => close(false) } }, "Cancel"),
      h("button", { type: "button", class: "button danger", on: { click: () => close(true) } }, action)),
  ])) === true;
}

export async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast("This browser does not let the page copy.");
  }
}

export const many = (count, one, more = `${one}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
