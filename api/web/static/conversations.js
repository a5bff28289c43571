// The conversations that were kept: a list to open, rename and delete.

import { query, request } from "./api.js";
import { confirmed, h, iconButton, problemNote, toast } from "./dom.js";
import { shown } from "./text.js";

const PAGE = 30;
const MAX_TITLE_CHARS = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

const pathOf = (id) => `/v1/conversations/${encodeURIComponent(id)}`;

/** The list in `place`; `onGone(id)` is told when the conversation with that id was deleted. */
export function createConversations(place, { onGone }) {
  let kept = [];
  let next = null;
  let current = null;
  let renaming = false;

  async function load(after = null) {
    try {
      const page = await request(`/v1/conversations${query({ limit: PAGE, after })}`);
      kept = after ? [...kept, ...page.conversations] : page.conversations;
      next = page.next;
      // A title that is being written is not swept away; its end draws the list.
      if (!renaming) draw();
    } catch (problem) {
      place.replaceChildren(problemNote(problem, () => load()));
    }
  }

  function draw() {
    if (!kept.length) {
      place.replaceChildren(h("p", { class: "note" }, "What you ask is listed here."));
      return;
    }
    const groups = [];
    for (const each of kept) {
      const day = dayOf(each.updated_at);
      if (groups.at(-1)?.day !== day) groups.push({ day, items: [] });
      groups.at(-1).items.push(item(each));
    }
    place.replaceChildren(...groups.flatMap(({ day, items }) => [
      h("h3", { class: "history-day" }, day), h("ul", { class: "history-list" }, items)]));
    if (next) {
      place.append(h("button", { type: "button", class: "text-button", on: { click: () => load(next) } }, "Show more"));
    }
  }

  function item(each) {
    const title = shown(each.title || "Untitled");
    const row = h("li", { class: "history-item" },
      h("a", {
        href: `/?conversation=${encodeURIComponent(each.id)}`, "data-go": true, title,
        "aria-current": each.id === current ? "page" : null,
      }, title),
      h("span", { class: "history-actions" },
        iconButton("pencil", `Rename: ${title}`, () => rename(each, row)),
        iconButton("trash", `Delete: ${title}`, () => remove(each))));
    return row;
  }

  function rename(each, row) {
    const input = h("input", { type: "text", value: each.title, maxlength: String(MAX_TITLE_CHARS), "aria-label": "Title of the conversation" });
    renaming = true;
    const finish = async (save) => {
      if (!renaming) return;
      renaming = false;
      const title = input.value.trim();
      if (save && title && title !== each.title) {
        try {
          await request(pathOf(each.id), { method: "PATCH", body: { title } });
          each.title = title;
        } catch (problem) {
          toast(problem.message);
        }
      }
      draw();
      place.querySelector(`a[href$="${CSS.escape(encodeURIComponent(each.id))}"]`)?.focus();
    };
    input.addEventListener("blur", () => finish(true));
    const form = h("form", {
      class: "rename",
      on: {
        submit: (event) => { event.preventDefault(); finish(true); },
        keydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); finish(false); } },
      },
    }, input);
    row.replaceChildren(form);
    input.focus();
    input.select();
  }

  async function remove(each) {
    const sentence = `“${shown(each.title)}”, its answers and your feedback on them will be gone.`;
    if (!(await confirmed("Delete this conversation?", sentence, "Delete"))) return;
    try {
      await request(pathOf(each.id), { method: "DELETE" });
    } catch (problem) {
      toast(problem.message);
      return;
    }
    kept = kept.filter(({ id }) => id !== each.id);
    draw();
    toast("The conversation is deleted.");
    place.querySelector("a")?.focus();
    onGone(each.id);
  }

  return {
    load: () => load(),
    mark(id) {
      if (id === current) return;
      current = id;
      if (kept.length) draw();
    },
  };
}

function dayOf(instant) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const time = new Date(instant).getTime();
  if (time >= midnight) return "Today";
  if (time >= midnight - DAY_MS) return "Yesterday";
  return time >= midnight - 7 * DAY_MS ? "This week" : "Earlier";
}
