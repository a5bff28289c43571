// Markdown into a few harmless elements. Markup inside the Markdown is shown as the text it is, and
// what comes out goes through a sanitizer all the same. Loaded with the first answer that needs it.

import { marked } from "./vendor/marked.esm.js";
import "./vendor/purify.min.js";

const ALLOWED = {
  ALLOWED_TAGS: ["p", "br", "strong", "em", "del", "code", "pre", "ul", "ol", "li", "blockquote", "a"],
  ALLOWED_ATTR: ["href", "start"],
  ALLOWED_URI_REGEXP: /^https?:\/\//i,
  RETURN_DOM_FRAGMENT: true,
};

const escaped = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

marked.use({
  gfm: true,
  renderer: {
    html: ({ text }) => escaped(text),
    image: ({ text, href }) => escaped(text || href),
    heading({ tokens }) { return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>`; },
    hr: () => "",
  },
});

/** A fragment; `inline` for text that is one run of sentences and has no blocks. */
export function rendered(text, { inline }) {
  const markup = inline ? marked.parseInline(text) : marked.parse(text);
  const fragment = globalThis.DOMPurify.sanitize(markup, ALLOWED);
  for (const link of fragment.querySelectorAll("a:not([href])")) link.replaceWith(...link.childNodes);
  for (const link of fragment.querySelectorAll("a")) {
    link.title = link.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  return fragment;
}
