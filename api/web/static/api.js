// Talks to Quoth's HTTP API: the key, problem details as errors, uploads with progress.

const KEY = "quoth-key";
const UNREACHABLE = "The server cannot be reached.";
const UNREACHABLE_HINT = "See that `quoth serve` is running and that you are connected, then try again.";

/** What went wrong, as the server says it in problem details, or as the page had to find out. */
export class Problem extends Error {
  constructor({ detail, title, hint = "", request_id = "", status = 0, type = "" }) {
    super(detail || title || "Something went wrong.");
    this.hint = hint;
    this.requestId = request_id;
    this.status = status;
    this.kind = type.slice(type.lastIndexOf(":") + 1);
  }
}

export const unreachable = () => new Problem({ detail: UNREACHABLE, hint: UNREACHABLE_HINT });

let memory = null;
export function storedKey() {
  try { return sessionStorage.getItem(KEY) ?? memory; } catch { return memory; }
}
export function storeKey(key) {
  memory = key;
  try {
    if (key) sessionStorage.setItem(KEY, key);
    else sessionStorage.removeItem(KEY);
  } catch { /* Without storage the key lasts as long as the page. */ }
  dispatchEvent(new Event("quoth-key"));
}

let asking = null;
/** Asks the person for a key, once for all requests that wait; null where they give none. */
function askForKey(problem) {
  asking ??= import("./keys.js")
    .then((keys) => keys.askForKey(problem))
    .finally(() => { asking = null; });
  return asking;
}

export async function problemOf(response) {
  try {
    return new Problem({ status: response.status, ...(await response.json()) });
  } catch {
    return new Problem({ status: response.status, detail: `The server answered with the status ${response.status}.` });
  }
}

function headersWith(headers) {
  const key = storedKey();
  return key ? { ...headers, Authorization: `Bearer ${key}` } : headers;
}

/** A response that is good; asks for a key where one is needed, and sends the request again. */
export async function send(path, { method = "GET", body, signal, headers = {} } = {}) {
  for (;;) {
    const used = storedKey();
    let response;
    try {
      response = await fetch(path, {
        method, signal,
        headers: headersWith(body === undefined ? headers : { ...headers, "Content-Type": "application/json" }),
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw unreachable();
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.status !== 401) throw problem;
    // Another request may have brought a key meanwhile.
    if (storedKey() === used && !(await askForKey(problem))) throw problem;
  }
}

export async function request(path, options) {
  const response = await send(path, options);
  return response.status === 204 ? null : response.json();
}

export const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

export const documentPath = (id) => `/v1/documents/${encodeURIComponent(id)}`;

/** Uploads a file; fetch tells nothing of how far it is, so the older way is taken. */
export async function upload(file, { replace = false, onProgress }) {
  for (;;) {
    const used = storedKey();
    const answer = await new Promise((resolve, reject) => {
      const form = new FormData();
      form.append("file", file);
      const sending = new XMLHttpRequest();
      sending.open("POST", `/v1/documents${query({ replace: replace ? "true" : null })}`);
      for (const [name, value] of Object.entries(headersWith({}))) sending.setRequestHeader(name, value);
      sending.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onProgress(event.loaded / event.total);
      });
      sending.upload.addEventListener("load", () => onProgress(1));
      sending.addEventListener("load", () => resolve({ status: sending.status, text: sending.responseText }));
      sending.addEventListener("error", () => reject(unreachable()));
      sending.send(form);
    });
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.text);
    const problem = await problemOf(new Response(answer.text, { status: answer.status }));
    if (problem.status !== 401) throw problem;
    if (storedKey() === used && !(await askForKey(problem))) throw problem;
  }
}
