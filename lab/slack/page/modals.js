// The modal on top of what this person has open; its values survive being drawn anew, its errors stand at their inputs.

import { drawn } from "./blocks.js";
import { avatar, el, iconButton, toast, toastsHome } from "./dom.js";
import { send } from "./live.js";
import { person } from "./names.js";
import { on, state } from "./state.js";
import { textObject } from "./text.js";

const REQUIRED = "Please complete this required field.";
let dialog = null;
let shown = ""; // which view, in which state, the dialog holds
let readers = new Map(); // key of block and action -> reads the value
const values = new Map(); // view -> key -> value

on("views", show);
on("entered", show);

function keyOf(block, element) {
  return JSON.stringify([block.block_id, element.action_id]);
}

function show() {
  const top = state.views.at(-1);
  if (!top) return hide();
  const now = JSON.stringify([top.id, top.hash, top.errors]);
  if (now === shown && dialog) return undefined;
  keepValues();
  shown = now;
  dialog ??= made();
  toastsHome();
  dialog.replaceChildren(...content(top));
  dialog.dataset.view = top.id;
  if (!dialog.open) dialog.showModal();
  showErrors(top.errors);
  return undefined;
}

function made() {
  const node = el("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  document.body.append(node);
  return node;
}

function hide() {
  toastsHome();
  dialog?.close();
  dialog?.remove();
  dialog = null;
  shown = "";
  readers = new Map();
  values.clear();
}

function keepValues() {
  if (!dialog) return;
  const kept = values.get(dialog.dataset.view) ?? new Map();
  for (const [key, read] of readers) kept.set(key, read());
  values.set(dialog.dataset.view, kept);
}

function content(top) {
  const { view, id } = top;
  readers = new Map();
  const saved = values.get(id) ?? new Map();
  const place = {
    live: true,
    act: (element, chosen) => act({ view: id, action_id: element.action_id, chosen }),
    suggest: (element, value) => suggest({ view: id, action_id: element.action_id, value }),
    at: (block) => ({
      keep: (element, read) => readers.set(keyOf(block, element), read),
      saved: (element) => saved.get(keyOf(block, element)),
    }),
  };
  const submit = view.submit
    ? el("button", { type: "submit", form: "modal-form", class: "button filled primary" }, textObject(view.submit))
    : "";
  const form = el("form", { id: "modal-form", class: "modal-body", novalidate: true, tabindex: "0" }, drawn(view.blocks, place));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted(top, dialog.querySelector("[type=submit]"));
  });
  return [
    el("header", {}, avatar(person(state.team.bot.id), "small"), el("h2", { id: "modal-title" }, textObject(view.title)), iconButton("close", "Close", close)),
    form,
    el("footer", {}, el("button", { type: "button", class: "button", on: { click: close } }, view.close ? textObject(view.close) : view.submit ? "Cancel" : "Close"), submit),
  ];
}

function close() {
  const top = state.views.at(-1);
  if (top) send("close", { view: top.id }).catch((error) => toast(error.message, true));
}

async function submitted(top, button) {
  const errors = Object.fromEntries(top.view.blocks.filter((block) => block.type === "input").map((block) => [block.block_id, wrong(block)]).filter(([, words]) => words));
  showErrors(errors);
  if (Object.keys(errors).length || !button || button.getAttribute("aria-busy")) return;
  const filled = {};
  for (const [key, read] of readers) {
    const [block, action] = JSON.parse(key);
    (filled[block] ??= {})[action] = read();
  }
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await send("submit", { view: top.id, values: filled });
    if (answer.failed) toast(`The app did not take this (${answer.failed}). Try again?`, true);
  } catch (error) {
    toast(error.message, true);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** What Slack itself finds before it asks the app; empty when nothing is. */
function wrong(block) {
  const { element } = block;
  const value = readers.get(keyOf(block, element))?.();
  const content = Object.entries(value ?? {}).find(([name]) => name !== "type")?.[1];
  const empty = content === null || content === undefined || content === "" || content.length === 0;
  if (empty) return block.optional ? "" : REQUIRED;
  if (element.min_length && content.length < element.min_length) return `This needs at least ${element.min_length} characters.`;
  if (element.type === "email_text_input" && !/^\S+@\S+\.\S+$/.test(content)) return "This is not an email address.";
  if (element.type === "url_text_input" && !/^https?:\/\/\S+$/.test(content)) return "This is not a URL.";
  if (element.type === "number_input") return wrongNumber(element, content);
  if (element.max_selected_items && content.length > element.max_selected_items) return `Choose at most ${element.max_selected_items}.`;
  return "";
}

function wrongNumber(element, content) {
  if (!/^-?\d+(\.\d+)?$/.test(content)) return "This is not a number.";
  if (!element.is_decimal_allowed && content.includes(".")) return "This must be a whole number.";
  if (element.min_value !== undefined && Number(content) < Number(element.min_value)) return `This must be at least ${element.min_value}.`;
  if (element.max_value !== undefined && Number(content) > Number(element.max_value)) return `This must be at most ${element.max_value}.`;
  return "";
}

function showErrors(errors) {
  let first = null;
  for (const node of dialog.querySelectorAll(".block-input")) {
    const words = errors[node.dataset.block] ?? "";
    node.querySelector(".error").textContent = words;
    node.classList.toggle("wrong", Boolean(words));
    if (words) first ??= node;
  }
  first?.querySelector("input, textarea, button")?.focus();
}

/** Something done to an element of a message or modal; a failure stands where Slack shows it. */
export async function act(body) {
  try {
    const answer = await send("act", body);
    if (answer.failed) toast(`The app did not respond (${answer.failed}).`, true);
  } catch (error) {
    toast(error.message, true);
  }
}

export async function suggest(body) {
  const answer = await send("suggest", body);
  if (answer.failed) throw new Error(`The app did not respond (${answer.failed}).`);
  return answer.options;
}
