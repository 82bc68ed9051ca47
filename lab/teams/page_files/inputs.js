// Fields of a card, and the dialog that shows them.

import { el, iconButton, toast } from "./dom.js";
import { actions, drawn } from "./cards.js";
import { act } from "./wire.js";

const KINDS = { "Input.Number": "number", "Input.Date": "date", "Input.Time": "time" };

export function input(each, on) {
  const id = `in-${each.id}`;
  const label = el("label", { class: "input-label", for: id }, el("span", { class: "label" }, each.label, each.isRequired ? "" : el("span", { class: "optional" }, " (optional)")));
  if (each["choices.data"]) return el("div", { class: "block-input" }, label, searched(each, id, on));
  const node = each.type === "Input.ChoiceSet" ? choices(each, id) : el(each.isMultiline ? "textarea" : "input", { id, class: "field", type: each.isMultiline ? null : (KINDS[each.type] ?? "text"), maxlength: each.maxLength, min: each.min, max: each.max });
  if (each.value !== undefined) node.value = each.value;
  on.fields.set(each.id, () => node.value);
  return el("div", { class: "block-input" }, label, node);
}

function choices(each, id) {
  const options = [{ title: "", value: "" }, ...each.choices];
  return el("select", { id, class: "field" }, options.map((one) => el("option", { value: one.value }, one.title)));
}

/** What is found while somebody types is completed by the browser; several stand with `;` between them. */
function searched(each, id, on) {
  const known = each.choices ?? [];
  const values = new Map(known.map((one) => [one.title, one.value]));
  const list = el("datalist", { id: `${id}-list` });
  const typed = el("input", { id, class: "field", list: list.id, autocomplete: "off", placeholder: each.isMultiSelect ? "Search; several with ; between" : each.placeholder });
  typed.value = known.map((one) => one.title).join("; ");
  typed.addEventListener("input", async () => {
    const body = await act("search", { dataset: each["choices.data"].dataset, typed: typed.value.split(";").pop().trim() });
    const found = body?.value?.results ?? [];
    for (const one of found) values.set(one.title, one.value);
    const before = typed.value.includes(";") ? `${typed.value.replace(/[^;]*$/, "")} ` : "";
    list.replaceChildren(...found.map((one) => el("option", { value: before + one.title })));
  });
  on.fields.set(each.id, () => typed.value.split(";").map((text) => text.trim()).filter(Boolean).map((text) => values.get(text) ?? text).join(","));
  return el("div", {}, typed, list);
}

/** Shows what the bot answered to a press that opens a dialog, or to one that was sent: another dialog, words, or nothing. */
export function dialog(answer) {
  const before = document.querySelector("dialog");
  before?.close(); // which leads back to what was focused before it opened
  before?.remove();
  const task = answer?.task;
  if (!task) return;
  if (task.type === "message") {
    toast(task.value);
    return;
  }
  const box = el("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  const fields = new Map();
  const pressed = async (action, button) => {
    button.setAttribute("aria-busy", "true");
    const filled = Object.fromEntries([...fields].map(([name, value]) => [name, value()]));
    dialog(await act("send", { data: { ...action.data, ...filled } }));
  };
  const on = { fields, root: () => box, pressed };
  const close = () => {
    box.close();
    box.remove();
  };
  const content = task.value.card.content;
  box.append(
    el("header", {}, el("h2", { id: "modal-title" }, task.value.title), iconButton("close", "Close", close)),
    el("div", { class: "modal-body" }, drawn(content.body, on)),
    el("footer", {}, el("button", { type: "button", class: "button", on: { click: close } }, "Cancel"), content.actions ? actions(content.actions, on) : ""),
  );
  box.addEventListener("cancel", close);
  document.body.append(box);
  box.showModal();
  box.querySelector(".field")?.focus();
}
