// Asks for a key where the server needs one; it is kept until the browser's tab is closed.

import { storeKey, storedKey } from "./api.js";
import { h, openDialog } from "./dom.js";

/** Whether a key was given. */
export async function askForKey(problem) {
  const refused = storedKey() !== null;
  if (refused) storeKey(null);
  const input = h("input", {
    type: "password", id: "key", name: "key", autocomplete: "off", required: true,
    placeholder: "quoth_…", spellcheck: "false", "aria-describedby": "key-note",
  });
  const key = await openDialog("This server needs a key", (close) => {
    const form = h("form", {
      on: {
        submit: (event) => {
          event.preventDefault();
          if (input.value.trim()) close(input.value.trim());
        },
      },
    },
    refused ? h("p", { class: "problem-what", role: "alert" }, problem.message) : null,
    h("label", { for: "key" }, "Key"),
    input,
    h("p", { class: "note", id: "key-note" }, "It is kept until this tab is closed. Whoever runs the server makes keys with quoth keys add."),
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", on: { click: () => close(null) } }, "Cancel"),
      h("button", { type: "submit", class: "button primary" }, "Use this key")));
    return [form];
  });
  if (key) storeKey(key);
  return key !== null;
}
