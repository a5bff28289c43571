// The documents: a list with their state, uploads by button or by dropping files, removal.

import { documentPath, query, request, upload } from "./api.js";
import { announce, confirmed, h, icon, iconButton, many, openDialog, problemNote, toast, withCode } from "./dom.js";
import { literalGlob, shown } from "./text.js";

const PAGE = 50;
const TYPING_PAUSE_MS = 200;

/** The view of documents; `upload(files)` is also called for files dropped elsewhere on the page. */
export function createDocuments() {
  let next = null;
  let asked = 0;
  let queue = Promise.resolve();

  const chooser = h("input", {
    type: "file", multiple: true, class: "visually-hidden", id: "files", tabindex: "-1", "aria-label": "Files to add",
    on: { change: () => { uploadAll([...chooser.files]); chooser.value = ""; } },
  });
  const filter = h("input", {
    type: "search", id: "filter", placeholder: "Filter by file name", "aria-label": "Filter by file name", autocomplete: "off",
    on: { input: onTyping },
  });
  const uploads = h("ul", { class: "uploads", "aria-label": "Uploads" });
  const list = h("div", { class: "document-list" });
  const element = h("section", { class: "page documents", "aria-labelledby": "documents-title" },
    h("div", { class: "column" },
      h("div", { class: "page-head" },
        h("h1", { id: "documents-title", tabindex: "-1" }, "Documents"),
        h("button", { type: "button", class: "button primary", on: { click: () => chooser.click() } }, icon("upload"), "Add files"),
        chooser),
      h("p", { class: "drop" }, icon("files"), h("span", {}, "Drop files anywhere on this page to add them.")),
      uploads,
      h("div", { class: "filter" }, icon("search"), filter),
      list));

  let typing = 0;
  function onTyping() {
    clearTimeout(typing);
    typing = setTimeout(() => load(), TYPING_PAUSE_MS);
  }

  /** The documents anew, or the page after an id. */
  async function load(after = null) {
    asked += 1;
    const mine = asked;
    const wanted = filter.value.trim();
    const filters = wanted ? JSON.stringify({ filename: globOf(wanted) }) : null;
    try {
      const page = await request(`/v1/documents${query({ filters, limit: PAGE, after })}`);
      const { scopes } = await request("/v1/me");
      if (mine !== asked) return;
      element.classList.toggle("read-only", !scopes.includes("ingest"));
      draw(page, after, wanted);
      if (wanted) announce(`${many(page.documents.length, "document")}${page.next ? " and more" : ""}`);
    } catch (problem) {
      if (mine === asked) list.replaceChildren(problemNote(problem, () => load()));
    }
  }

  function draw({ documents, failed, next: following }, after, wanted) {
    next = following;
    list.querySelector(".more-documents")?.remove();
    if (after) list.querySelector(".rows").append(...documents.map(row));
    else list.replaceChildren(...failures(wanted ? [] : failed), rowsOrNone(documents, wanted));
    if (next) {
      list.append(h("button", { type: "button", class: "button more-documents", on: { click: () => load(next) } }, "Show more"));
    }
  }

  function rowsOrNone(documents, wanted) {
    if (documents.length) return h("ul", { class: "rows", "aria-label": "Documents" }, documents.map(row));
    return h("p", { class: "notice" }, wanted
      ? `No file name holds “${wanted}”.`
      : "There are no documents yet. Add files here, or name a folder with quoth ingest.");
  }

  function failures(failed) {
    if (!failed?.length) return [];
    return [h("details", { class: "failed", open: failed.length <= 3 },
      h("summary", {}, `${many(failed.length, "file")} could not be read`),
      h("ul", {}, failed.map((each) => h("li", {},
        h("span", { class: "path" }, shown(each.path)), h("span", { class: "reason" }, shown(each.reason))))))];
  }

  function row(entry) {
    const others = entry.paths.length > 1 ? ` and ${many(entry.paths.length - 1, "other path")}` : "";
    return h("li", { class: "row", "data-id": entry.id },
      icon("file"),
      h("div", { class: "row-body" },
        h("a", { class: "row-title", href: `/documents/${encodeURIComponent(entry.id)}`, "data-go": true }, shown(entry.title || entry.filename)),
        h("p", { class: "row-facts" },
          h("span", { class: "path", title: entry.paths.map(shown).join("\n") }, shown(entry.filename), others),
          h("span", {}, sizeOf(entry.size_bytes)),
          h("span", {}, `${many(entry.chunks, "passage")} indexed`),
          entry.date ? h("time", { datetime: entry.date }, entry.date) : null)),
      h("span", { class: entry.uploaded ? "badge accent" : "badge" }, entry.uploaded ? "Uploaded" : "From a folder"),
      entry.uploaded ? iconButton("trash", `Delete: ${shown(entry.title || entry.filename)}`, () => remove(entry)) : null);
  }

  async function remove(entry) {
    const name = shown(entry.filename);
    const sentence = `The upload of “${name}” is deleted and taken out of the index; answers that were kept still show their quotes. A file with the same content in a folder of yours is left alone, and the document stays through it.`;
    if (!(await confirmed("Delete this document?", sentence, "Delete"))) return;
    try {
      await request(documentPath(entry.id), { method: "DELETE" });
      toast(await isThere(entry.id)
        ? `The upload of “${name}” is deleted. The document stays: a folder has it, too.` : `“${name}” is deleted.`);
      await load();
      element.querySelector("h1").focus();
    } catch (problem) {
      await openDialog("This document stays", (close) => [
        h("p", {}, withCode(problem.message)),
        problem.hint ? h("p", { class: "note" }, withCode(problem.hint)) : "",
        h("div", { class: "dialog-foot" },
          h("button", { type: "button", class: "button primary", autofocus: true, on: { click: () => close(null) } }, "I see"))]);
    }
  }

  async function isThere(id) {
    try {
      return Boolean(await request(documentPath(id)));
    } catch {
      return false;
    }
  }

  /** Uploads files one after the other, after those that are on their way already. */
  function uploadAll(files) {
    const waiting = files.map((file) => ({ file, line: uploadLine(file) }));
    uploads.append(...waiting.map(({ line }) => line.element));
    for (const { file, line } of waiting) queue = queue.then(() => uploadOne(file, line, false));
    return queue;
  }

  function uploadLine(file) {
    const bar = h("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    const state = h("span", { class: "upload-state" }, "Waiting");
    const end = h("div", { class: "upload-end" });
    const element = h("li", { class: "upload" },
      h("div", { class: "upload-head" }, h("span", { class: "upload-name" }, shown(file.name)), state), bar, end);
    return { element, bar, state, end };
  }

  async function uploadOne(file, line, replace) {
    line.end.replaceChildren();
    line.bar.hidden = false;
    line.state.textContent = "Uploading";
    try {
      await upload(file, {
        replace,
        onProgress: (share) => {
          line.bar.value = share;
          line.state.textContent = share < 1 ? `${Math.round(share * 100)} %` : "Reading and indexing…";
          if (share === 1) line.bar.removeAttribute("value");
        },
      });
      line.element.classList.add("done");
      line.state.textContent = "Added";
      line.bar.hidden = true;
      setTimeout(() => line.element.remove(), 6000);
      await load();
    } catch (problem) {
      line.bar.hidden = true;
      line.state.textContent = "Not added";
      line.end.replaceChildren(problemNote(problem), endButtons(file, line, problem));
    }
  }

  function endButtons(file, line, problem) {
    const exists = problem.kind === "document-exists";
    const again = () => { queue = queue.then(() => uploadOne(file, line, exists)); };
    return h("div", { class: "upload-foot" },
      exists || problem.status === 0 || problem.status >= 500
        ? h("button", { type: "button", class: "button", on: { click: again } }, exists ? "Replace it" : "Try again") : null,
      h("button", { type: "button", class: "button", on: { click: () => line.element.remove() } }, "Dismiss"));
  }

  return { element, load: () => load(), upload: uploadAll };
}

/** A pattern for file names that hold a text, whatever its case; globs tell cases apart. */
export function globOf(text) {
  const letters = [...text].map((letter) => {
    const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
    if (lower !== upper && [...lower].length === 1 && [...upper].length === 1) return `[${lower}${upper}]`;
    return literalGlob(letter);
  });
  return `*${letters.join("")}*`;
}

function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
