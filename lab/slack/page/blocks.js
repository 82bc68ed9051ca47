// The blocks of Block Kit as nodes. What this page does not know is shown in red, never left out.

import { el, fragment } from "./dom.js";
import { element, image } from "./elements.js";
import { markdown, richText, table, unknown } from "./rich.js";
import { textObject } from "./text.js";

/** `place` is what elements are handed (see elements.js), with `at(block)` for what differs from block to block. */
export function drawn(blocks, place = {}) {
  return fragment(blocks.map((block) => {
    const draw = DRAWN[block.type];
    if (!draw) return el("div", { class: "block" }, unknown(block.type));
    const here = place.at ? { ...place, ...place.at(block) } : place;
    return el("div", { class: `block block-${block.type}`, data: { block: block.block_id ?? "" } }, draw(block, here));
  }));
}

const DRAWN = {
  header: (block) => el("h3", {}, textObject(block.text)),
  section,
  context: (block) => block.elements.map((each) => (each.type === "image" ? image(each) : el("span", { class: "mrkdwn" }, textObject(each)))),
  actions: (block, place) => block.elements.map((each) => element(each, place)),
  divider: () => el("hr"),
  image: picture,
  input,
  rich_text: richText,
  markdown: (block) => markdown(block.text),
  table,
};

function section(block, place) {
  const body = el("div", { class: "section-body" });
  if (block.text) body.append(el("div", { class: "mrkdwn" }, textObject(block.text)));
  if (block.fields) {
    body.append(el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "mrkdwn" }, textObject(field)))));
  }
  const accessory = block.accessory ? el("div", { class: "accessory" }, element(block.accessory, place)) : "";
  return [body, accessory];
}

function picture(block) {
  const title = block.title ? el("figcaption", {}, textObject(block.title)) : "";
  return el("figure", {}, title, image(block));
}

function input(block, place) {
  const optional = block.optional ? el("span", { class: "optional" }, " (optional)") : "";
  const live = Boolean(block.dispatch_action);
  const what = element(block.element, { ...place, live, label: block.label.text });
  const hint = block.hint ? el("div", { class: "hint" }, textObject(block.hint)) : "";
  const tag = ["checkboxes", "radio_buttons"].includes(block.element.type) ? "div" : "label";
  return [el(tag, { class: "input-label" }, el("span", { class: "label" }, textObject(block.label), optional), what), hint, el("div", { class: "error", role: "alert" })];
}
