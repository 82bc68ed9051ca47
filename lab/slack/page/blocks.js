// The blocks of Block Kit as nodes. What this page does not know is shown in red, never left out.

import { alert, card, carousel, container, plan, task } from "./cards.js";
import { el, fragment } from "./dom.js";
import { element, image } from "./elements.js";
import { markdown, richText, unknown } from "./rich.js";
import { dataTable, table } from "./tables.js";
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
  data_table: dataTable,
  alert,
  card,
  carousel,
  container: (block, place) => container(block, (children) => drawn(children, place)),
  context_actions: (block, place) => block.elements.map((each) => element(each, place)),
  task_card: task,
  plan,
};

let inputs = 0;

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
  const id = `input-${(inputs += 1)}`;
  const hint = block.hint ? el("div", { class: "hint", id: `${id}-hint` }, textObject(block.hint)) : "";
  const ticks = ["checkboxes", "radio_buttons"].includes(block.element.type);
  const control = ticks || what.matches("input, textarea, button") ? what : what.querySelector("input");
  control?.setAttribute("aria-describedby", block.hint ? `${id}-hint ${id}-error` : `${id}-error`);
  if (!block.optional && !ticks) control?.setAttribute("aria-required", "true");
  return [el(ticks ? "div" : "label", { class: "input-label" }, el("span", { class: "label" }, textObject(block.label), optional), what), hint, el("div", { class: "error", id: `${id}-error`, role: "alert" })];
}
