// Offsets of the API count Unicode code points; JavaScript's strings are indexed in UTF-16 units. The
// one place where the one becomes the other.

const isHigh = (unit) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit) => unit >= 0xdc00 && unit < 0xe000;

/** The UTF-16 index at which the code point with that number begins; the text's end at most. */
export function unitIndex(text, codePoints) {
  let unit = 0;
  for (let seen = 0; seen < codePoints && unit < text.length; seen += 1) {
    const pair = isHigh(text.charCodeAt(unit)) && isLow(text.charCodeAt(unit + 1));
    unit += pair ? 2 : 1;
  }
  return unit;
}

/** Characters from `start` to `end` in code points. */
export function slice(text, start, end) {
  const first = unitIndex(text, start);
  const rest = text.slice(first);
  return rest.slice(0, unitIndex(rest, end - start));
}

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text with what would steer a display (control and direction characters) made visible. */
export function shown(text) {
  return text.replace(CONTROL, (found) => {
    const code = found.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** A text in pieces, those inside one of the spans marked; spans are pairs in code points. */
export function pieces(text, spans) {
  const ordered = [...spans].sort((one, other) => one[0] - other[0]);
  const found = [];
  let at = 0;
  for (const [start, end] of ordered) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    if (from > at) found.push({ text: slice(text, at, from), inside: false });
    found.push({ text: slice(text, from, end), inside: true });
    at = end;
  }
  const rest = text.slice(unitIndex(text, at));
  if (rest) found.push({ text: rest, inside: false });
  return found;
}

/** A text on one line, without white space around it. */
export const squeezed = (text) => text.trim().split(/\s+/).join(" ");

/** Where a text quotes the words that answer, as {words, at} in the browser's units; nothing where it
 * says them otherwise than the document. */
export function wordsThatAnswer(text, citations) {
  const found = [];
  for (const { cited_text: quote, start_char_index: origin, answer_spans: spans, highlights } of citations) {
    for (const span of spans) {
      if (slice(text, span.start_index, span.end_index) !== squeezed(quote)) continue;
      const from = unitIndex(text, span.start_index);
      for (const each of highlights) {
        const [start, end] = [each.start_char_index - origin, each.end_char_index - origin];
        const words = squeezed(slice(quote, start, end));
        const upTo = squeezed(slice(quote, 0, end));
        if (words && upTo.endsWith(words)) found.push({ words, at: from + upTo.length - words.length });
      }
    }
  }
  return found;
}

/** The same in a text that was cut, as {words, nth}: which time it is that they stand there. */
export function numbered(found, cut) {
  const said = cut.filter((part) => typeof part === "string").join("");
  const markers = cut.filter((part) => typeof part !== "string");
  return found.map(({ words, at }) => {
    const passed = markers.filter(({ from }) => from < at);
    const place = at - passed.reduce((sum, { from, end }) => sum + end - from, 0);
    let nth = 0;
    for (let each = said.indexOf(words); each >= 0 && each < place; each = said.indexOf(words, each + 1)) nth += 1;
    return { words: shown(words), nth };
  });
}

/** A glob that matches a text and nothing else. */
export const literalGlob = (text) => text.replace(/[[\]*?]/g, "[$&]");

/** How many code points a text has. */
export function length(text) {
  let pairs = 0;
  for (let unit = 0; unit + 1 < text.length; unit += 1) {
    if (isHigh(text.charCodeAt(unit)) && isLow(text.charCodeAt(unit + 1))) pairs += 1;
  }
  return text.length - pairs;
}
