// The modal on top of what this person has open; its values survive being drawn again, its errors stand at their inputs.

import { drawn } from "./blocks.js";
import { avatar, el, iconButton, toast, toastsHome } from "./dom.js";
import { send } from "./live.js";
import { placeOf, stateOf } from "./places.js";
import { person } from "./names.js";
import { on, state } from "./state.js";
import { textObject } from "./text.js";

let dialog = null;
let shown = ""; // which view, in which state, the dialog holds
let readers = new Map(); // key of block and action -> reads the value
const values = new Map(); // view -> key -> value

on("views", show);
on("entered", show);

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
  firstInput(dialog.querySelector(".block-input"));
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
  const { view } = top;
  readers = new Map();
  const place = placeOf(top, readers, values.get(top.id));
  const submit = view.submit
    ? el("button", { type: "submit", form: "modal-form", class: "button filled primary" }, textObject(view.submit))
    : "";
  const form = el("form", { id: "modal-form", class: "modal-body", novalidate: true, tabindex: "0" }, drawn(view.blocks, place));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted(top, dialog.querySelector("[type=submit]"));
  });
  return [
    el("header", {}, avatar(person(state.team.bot.id), "small"), el("h2", { id: "modal-title" }, textObject(view.title)), iconButton("close", "Close", () => close(true))),
    form,
    el("footer", {}, el("button", { type: "button", class: "button", on: { click: () => close() } }, view.close ? textObject(view.close) : view.submit ? "Cancel" : "Close"), submit),
  ];
}

/** As Cancel does, or the cross, which closes all that are open with it. */
function close(whole_stack = false) {
  const top = state.views.at(-1);
  if (top) send("close", { view: top.id, whole_stack }).catch((error) => toast(error.message, true));
}

async function submitted(top, button) {
  if (!button || button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await send("submit", { view: top.id, values: stateOf(readers) });
    if (answer.errors) showErrors(answer.errors);
    if (answer.failed) toast(`The app did not take this (${answer.failed}). Try again?`, true);
  } catch (error) {
    toast(error.message, true);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function showErrors(errors) {
  let first = null;
  for (const node of dialog.querySelectorAll(".block-input")) {
    const words = errors[node.dataset.block] ?? "";
    node.querySelector(".error").textContent = words;
    node.classList.toggle("wrong", Boolean(words));
    node.querySelector("input, textarea, [role=combobox]")?.setAttribute("aria-invalid", String(Boolean(words)));
    if (words) first ??= node;
  }
  firstInput(first);
}

function firstInput(block) {
  block?.querySelector("input, textarea, button")?.focus();
}
