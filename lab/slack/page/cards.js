// The blocks of 2026: alerts, cards, containers that fold, and the steps of a task.

import { el, icon } from "./dom.js";
import { element, image } from "./elements.js";
import { richText } from "./rich.js";
import { link, textObject } from "./text.js";

const LEVELS = { default: "Note", info: "Information", warning: "Warning", error: "Error", success: "Success" };
const STATUS = { pending: "Pending", in_progress: "In progress", complete: "Complete", error: "Error" };
const SIGNS = { pending: "circle", in_progress: "half", complete: "check", error: "cross", success: "check", warning: "warning", info: "info", default: "info" };

export function alert(block) {
  const level = block.level ?? "default";
  return el("div", { class: `alert ${level}`, role: "note", "aria-label": LEVELS[level] }, icon(SIGNS[level]), el("div", { class: "mrkdwn" }, textObject(block.text)));
}

/** `inner` draws blocks. Without a fold it is a box with a heading. */
export function container(block, inner) {
  const picture = block.icon ? image(block.icon) : "";
  const subtitle = block.subtitle ? el("small", {}, textObject(block.subtitle)) : "";
  const title = [picture, el("span", {}, el("b", {}, block.rich_text_title ? richText(block.rich_text_title) : textObject(block.title)), subtitle)];
  const body = el("div", { class: "container-body" }, inner(block.child_blocks));
  if (block.is_collapsible) return el("details", { class: "container", open: !block.default_collapsed }, el("summary", {}, icon("chevron"), title), body);
  return el("div", { class: block.has_header_divider ? "container divided" : "container" }, el("div", { class: "container-head" }, title), body);
}

export function card(block, place) {
  const words = (part, tag, name) => (block[part] ? el(tag, { class: name }, textObject(block[part])) : "");
  const head = block.icon || block.title || block.subtitle
    ? el("header", {}, block.icon ? image(block.icon) : "", el("div", {}, words("title", "b", "mrkdwn"), words("subtitle", "small", "mrkdwn")))
    : "";
  const actions = block.actions ? el("div", { class: "card-actions" }, block.actions.map((each) => element(each, place))) : "";
  return el("div", { class: "card" }, block.hero_image ? image(block.hero_image) : "", head, words("body", "div", "mrkdwn"), actions);
}

export function carousel(block, place) {
  return el("div", { class: "carousel", role: "group", "aria-label": "Cards", tabindex: "0" }, block.elements.map((each) => card(each, place)));
}

export function task(block) {
  const sources = block.sources ? el("div", { class: "sources" }, block.sources.map((each) => link(each.url, each.text))) : "";
  const more = [block.details, block.output].filter(Boolean).map((each) => richText(each));
  return el("div", { class: `task ${block.status}` },
    el("span", { class: "sign", role: "img", "aria-label": STATUS[block.status], title: STATUS[block.status] }, icon(SIGNS[block.status])),
    el("div", { class: "task-body" }, el("b", {}, block.title), more, sources));
}

export function plan(block) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((each) => each.status === "complete").length;
  const count = tasks.length ? el("small", {}, `${done} of ${tasks.length} complete`) : "";
  return el("div", { class: "plan" }, el("div", { class: "plan-head" }, el("b", {}, block.title), count),
    el("ol", { "aria-label": block.title }, tasks.map((each) => el("li", {}, task(each)))));
}
