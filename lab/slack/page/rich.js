// rich_text and markdown as nodes.

import { el, fragment } from "./dom.js";
import { broadcast, channelLink, date, emoji, link, mention } from "./text.js";

const TAGS = { bold: "b", italic: "i", strike: "s", underline: "u", code: "code", highlight: "mark" };

export function richText(block) {
  return el("div", { class: "rich" }, block.elements.map(part));
}

function part(element) {
  const bordered = element.border ? "bordered" : null;
  switch (element.type) {
    case "rich_text_section":
      return el("div", { class: "rich-section" }, element.elements.map(inline));
    case "rich_text_preformatted":
      return el("pre", { class: bordered, tabindex: "0" }, element.elements.map(inline));
    case "rich_text_quote":
      return el("blockquote", { class: bordered }, element.elements.map(inline));
    case "rich_text_list":
      return list(element);
    default:
      return unknown(element.type);
  }
}

function list(element) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const node = el(tag, { start: element.offset ? element.offset + 1 : null, class: element.border ? "bordered" : null });
  node.style.marginLeft = `${24 * (1 + (element.indent ?? 0))}px`;
  node.append(...element.elements.map((item) => el("li", {}, item.elements.map(inline))));
  return node;
}

function inline(element) {
  let node = bare(element);
  for (const [style, tag] of Object.entries(TAGS)) if (element.style?.[style]) node = el(tag, {}, node);
  return node;
}

function bare(element) {
  switch (element.type) {
    case "text":
      return fragment(element.text);
    case "link":
      return link(element.url, element.text);
    case "emoji":
      return emoji(element.name, element.unicode);
    case "user":
      return mention(element.user_id);
    case "usergroup":
    case "team":
      return el("span", { class: "mention" }, `@${element.usergroup_id ?? element.team_id}`);
    case "channel":
      return channelLink(element.channel_id);
    case "broadcast":
      return broadcast(element.range);
    case "date":
      return date(element.timestamp, element.format, element.fallback, element.url);
    case "color":
      return colour(element.value);
    default:
      return unknown(element.type);
  }
}

function colour(value) {
  const swatch = el("span", { class: "swatch" });
  swatch.style.background = value;
  return el("code", {}, swatch, value);
}

export function unknown(type) {
  return el("span", { class: "unknown" }, `unknown element: ${type}`);
}

/** The markdown block: headings, lists, quotations, fences, and styles in a line. */
export function markdown(text) {
  const parts = text.split(/^```\w*\n([\s\S]*?)^```$/m);
  return el("div", { class: "markdown" }, parts.map((piece, index) => {
    if (index % 2) return el("pre", { tabindex: "0" }, piece.replace(/\n$/, ""));
    return piece.split(/\n{2,}/).filter((paragraph) => paragraph.trim()).map(paragraph);
  }));
}

function paragraph(text) {
  const heading = /^(#{1,6}) +(.*)$/.exec(text);
  if (heading) return el(`h${Math.min(6, heading[1].length + 2)}`, {}, marked(heading[2]));
  if (/^(-{3,}|\*{3,})$/.test(text.trim())) return el("hr");
  const lines = text.split("\n");
  if (lines.every((line) => /^\s*[-*+] /.test(line))) {
    return el("ul", {}, lines.map((line) => el("li", {}, marked(line.replace(/^\s*[-*+] /, "")))));
  }
  if (lines.every((line) => /^\s*\d+[.)] /.test(line))) {
    return el("ol", {}, lines.map((line) => el("li", {}, marked(line.replace(/^\s*\d+[.)] /, "")))));
  }
  if (lines.every((line) => line.startsWith(">"))) {
    return el("blockquote", {}, marked(lines.map((line) => line.replace(/^> ?/, "")).join("\n")));
  }
  return el("p", {}, marked(text));
}

const MARKS = /(`[^`\n]+`)|\*\*([^*\n]+)\*\*|~~([^~\n]+)~~|\[([^\]\n]*)\]\((\S+?)\)|(?<!\w)[*_]([^*_\n]+)[*_](?!\w)/g;

function marked(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    nodes.push(text.slice(at, found.index));
    if (found[1]) nodes.push(el("code", {}, found[1].slice(1, -1)));
    else if (found[2]) nodes.push(el("b", {}, found[2]));
    else if (found[3]) nodes.push(el("s", {}, found[3]));
    else if (found[5]) nodes.push(link(found[5], found[4] || found[5]));
    else nodes.push(el("i", {}, found[6]));
    at = found.index + found[0].length;
  }
  nodes.push(text.slice(at));
  return fragment(nodes);
}
