// Asks a question and reads the answer as it is made: server-sent events over fetch, because an
// EventSource can neither post nor send a key.

import { Problem, send, unreachable } from "./api.js";

const BROKEN = {
  detail: "The answer broke off before its end.",
  hint: "The connection or the server went away. Try again.",
};

/** The events of a stream as {event, data}, data read as JSON; comments are passed over. */
export async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const found = eventOf(block);
        if (found) yield found;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function eventOf(block) {
  let event = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}

/** The answer, whole; `on` is told of `status`, `delta` and `citation` on the way. */
export async function ask(body, { on, signal }) {
  const response = await send("/v1/ask", {
    method: "POST", body: { ...body, stream: true }, signal, headers: { Accept: "text/event-stream" },
  });
  try {
    for await (const { event, data } of eventsOf(response.body)) {
      if (event === "answer") return data;
      if (event === "error") throw new Problem(data);
      on[event]?.(data);
    }
  } catch (error) {
    if (error instanceof Problem || error.name === "AbortError") throw error;
    throw navigator.onLine === false ? unreachable() : new Problem(BROKEN);
  }
  throw new Problem(BROKEN);
}
