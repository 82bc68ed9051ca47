// Slack's mrkdwn and plain text as nodes.

import { formatted } from "./dates.js";
import { el, fragment } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { channelName, isMe, personName } from "./names.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const STYLES = { "*": "b", _: "i", "~": "s" };
const BARE_URL = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]'"]/;

export function unescaped(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

/** A link, or only its words when the address is none that Slack would follow. */
export function link(url, words) {
  if (!/^(https?:\/\/|mailto:|tel:|slack:\/\/)/i.test(url)) return fragment(words ?? url);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words ?? url);
}

export function mention(user) {
  return el("span", { class: isMe(user) ? "mention me" : "mention" }, `@${personName(user)}`);
}

export function channelLink(channel, name) {
  return el("span", { class: "mention" }, `#${name ?? channelName(channel)}`);
}

export function broadcast(range) {
  return el("span", { class: "mention me" }, `@${range}`);
}

export function emoji(name, unicode) {
  const found = emojiOf(name, unicode);
  if (!found) return fragment(`:${name}:`);
  return el("span", { class: "emoji", role: "img", "aria-label": name, title: `:${name}:` }, found);
}

export function date(timestamp, wanted, fallback, url) {
  const words = formatted(timestamp, wanted) ?? fallback ?? String(timestamp);
  const node = el("time", { title: fallback }, words);
  return url ? link(url, node) : node;
}

/** A text object: plain_text or mrkdwn. */
export function textObject(text) {
  if (!text) return fragment();
  if (text.type === "mrkdwn") return mrkdwn(text.text, text.verbatim === true);
  return plainText(text.text, text.emoji !== false);
}

export function plainText(text, withEmoji = true) {
  if (!withEmoji) return fragment(text);
  return fragment(text.split(/(:[a-z0-9_+'-]+:)/i).map((part) => {
    const name = /^:([a-z0-9_+'-]+):$/i.exec(part);
    return name && emojiOf(name[1]) ? emoji(name[1]) : part;
  }));
}

/** Fences first, then quotations by line, then what stands in a line. `verbatim`: bare addresses stay text. */
export function mrkdwn(text, verbatim = false) {
  const parts = text.split(/```([\s\S]*?)```/);
  return fragment(parts.map((part, index) => {
    if (index % 2) return el("pre", { tabindex: "0" }, unescaped(part.replace(/^\n|\n$/g, "")));
    return quoted(part, verbatim);
  }));
}

function quoted(text, verbatim) {
  const nodes = [];
  let lines = [];
  let inside = false;
  const flush = () => {
    if (!lines.length) return;
    const content = inline(lines.join("\n"), verbatim);
    nodes.push(inside ? el("blockquote", {}, content) : content);
    lines = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?/.exec(line);
    if (Boolean(quote) !== inside) {
      flush();
      inside = Boolean(quote);
    }
    lines.push(quote ? line.slice(quote[0].length) : line);
  }
  flush();
  return fragment(nodes);
}

function inline(source, verbatim) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < source.length) {
    const found = piece(source, at, verbatim);
    if (!found) {
      plain += source[at];
      at += 1;
      continue;
    }
    if (plain) nodes.push(unescaped(plain));
    plain = "";
    nodes.push(found.node);
    at += found.length;
  }
  if (plain) nodes.push(unescaped(plain));
  return fragment(nodes);
}

/** What begins at `at`, if it is more than a character. */
function piece(source, at, verbatim) {
  const rest = source.slice(at, at + 4000);
  const first = rest[0];
  if (first === "<") return special(rest);
  if (first === "`") {
    const code = /^`([^`\n]+)`/.exec(rest);
    return code && { node: el("code", {}, unescaped(code[1])), length: code[0].length };
  }
  if (first === ":") {
    const name = /^:([a-z0-9_+'-]+):/i.exec(rest);
    return name && emojiOf(name[1]) ? { node: emoji(name[1]), length: name[0].length } : null;
  }
  if (first in STYLES) return styled(source, at, verbatim);
  if (first === "h" && !verbatim && !/\w/.test(source[at - 1] ?? " ")) {
    const url = BARE_URL.exec(rest);
    return url && { node: link(unescaped(url[0])), length: url[0].length };
  }
  return null;
}

/** `*bold*`, `_italic_`, `~struck~`: at the edges of words, within one line. */
function styled(source, at, verbatim) {
  const mark = source[at];
  const after = source[at + 1] ?? " ";
  if (/[\p{L}\p{N}]/u.test(source[at - 1] ?? " ") || /\s/.test(after) || after === mark) return null;
  for (let end = at + 2; end < source.length && source[end] !== "\n"; end += 1) {
    if (source[end] === "`") {
      const close = source.indexOf("`", end + 1);
      if (close > 0) end = close;
    } else if (source[end] === mark && !/\s/.test(source[end - 1]) && !/[\p{L}\p{N}]/u.test(source[end + 1] ?? " ")) {
      return { node: el(STYLES[mark], {}, inline(source.slice(at + 1, end), verbatim)), length: end + 1 - at };
    }
  }
  return null;
}

/** `<@U1>`, `<#C1|name>`, `<!here>`, `<!date^…|fallback>`, `<url|words>`. */
function special(rest) {
  const found = /^<([^<>\n]+)>/.exec(rest);
  if (!found) return null;
  const bar = found[1].indexOf("|");
  const target = bar < 0 ? found[1] : found[1].slice(0, bar);
  const words = bar < 0 ? undefined : unescaped(found[1].slice(bar + 1));
  return { node: specialNode(unescaped(target), words), length: found[0].length };
}

function specialNode(target, words) {
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelLink(target.slice(1), words);
  if (target.startsWith("!date^")) {
    const [, timestamp, wanted, url] = target.split("^");
    return date(timestamp, wanted ?? "", words, url);
  }
  if (target.startsWith("!subteam^")) return el("span", { class: "mention" }, words ?? `@${target.slice(9)}`);
  if (target.startsWith("!")) return broadcast(words ?? target.slice(1));
  return link(target, words);
}
