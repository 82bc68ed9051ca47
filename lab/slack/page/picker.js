// Menus to choose from: one option or many, filtered by what is typed, by mouse and by keyboard.
//
// A button opens a combobox with its listbox. The arrow keys go through the options, Enter chooses, Escape and Tab close;
// where several can be chosen, Backspace in the empty field takes the last one back.

import { el, icon, popup } from "./dom.js";
import { textObject } from "./text.js";

const WAIT_MS = 150;
let made = 0;

/**
 * `load(query)` gives options or groups of them; `changed(picked)` hears of every choice. `server`: the words typed are for
 * the app to filter by, not for this page.
 */
export function picker({ label, placeholder, chosen = [], many = false, server = false, least = 0, load, changed }) {
  const name = `picker-${(made += 1)}`;
  let picked = [...chosen];
  let open = null;
  let asked = 0;
  const button = el("button", { type: "button", role: "combobox", class: many ? "select many" : "select", "aria-label": label, "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": `${name}-popup`, on: { click: show, keydown: opens } });
  paint();
  return { node: button, picked: () => picked };

  function paint() {
    const words = picked.map((option) => el("span", { class: "chosen" }, textObject(option.text)));
    button.replaceChildren(...(words.length ? words : [el("span", { class: "placeholder" }, placeholder)]), icon("chevron"));
  }

  function opens(event) {
    if (event.key !== "ArrowDown" || open) return;
    event.preventDefault();
    show();
  }

  function show() {
    if (open) return hide();
    const list = el("div", { id: name, role: "listbox", "aria-label": label, "aria-multiselectable": many ? "true" : null });
    const search = el("input", { type: "text", role: "combobox", "aria-label": `Filter ${label}`, "aria-autocomplete": "list", placeholder: "Type to filter", autocomplete: "off", spellcheck: "false", "aria-expanded": "true", "aria-controls": name });
    const status = el("div", { class: "hint", role: "status" });
    open = popup(button, [search, status, list], { className: "menu" });
    open.box.id = `${name}-popup`;
    const parts = { search, list, status };
    let timer = null;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      if (server) timer = setTimeout(() => ask(parts), WAIT_MS);
      else fill(parts, load(search.value));
    });
    search.addEventListener("keydown", (event) => keys(event, parts));
    new MutationObserver((_, observer) => {
      if (!open || !document.contains(open.box)) {
        observer.disconnect();
        open = null;
      }
    }).observe(open.box.parentNode, { childList: true });
    if (server) ask(parts);
    else fill(parts, load(""));
    search.focus();
    return undefined;
  }

  function hide() {
    open?.close();
    open = null;
  }

  function say({ status, list }, words, bad = false) {
    list.replaceChildren();
    status.textContent = words;
    status.classList.toggle("bad", bad);
  }

  /** The newest question counts: an answer that comes after a later one is dropped. */
  async function ask(parts) {
    const turn = (asked += 1);
    if (parts.search.value.length < least) return say(parts, least === 1 ? "Type to search." : `Type at least ${least} characters.`);
    parts.status.textContent = "Loading…";
    try {
      const found = await load(parts.search.value);
      if (turn === asked) fill(parts, found);
    } catch (error) {
      if (turn === asked) say(parts, error.message, true);
    }
    return undefined;
  }

  function fill(parts, found) {
    const groups = found.some((each) => each.options) ? found : [{ options: found }];
    const wanted = server ? "" : parts.search.value.toLowerCase();
    const fitting = groups.map((group) => ({ ...group, options: group.options.filter((option) => option.text.text.toLowerCase().includes(wanted)) })).filter((group) => group.options.length);
    const count = fitting.reduce((sum, group) => sum + group.options.length, 0);
    say(parts, count ? (count === 1 ? "1 option" : `${count} options`) : "No results");
    parts.list.append(...fitting.flatMap((group) => {
      const rows = group.options.map((option) => row(option, parts));
      return group.label ? [el("div", { role: "group", "aria-label": group.label.text }, el("div", { class: "group", "aria-hidden": "true" }, textObject(group.label)), rows)] : rows;
    }));
    mark(parts, 0);
  }

  function row(option, parts) {
    const node = el("div", { role: "option", class: "option", on: { click: () => pick(option, node, parts) } });
    node.append(el("span", { class: "tick" }), el("span", {}, textObject(option.text)));
    if (option.description) node.append(el("small", {}, textObject(option.description)));
    tick(option, node);
    return node;
  }

  function tick(option, node) {
    const on = picked.some((other) => other.value === option.value);
    node.setAttribute("aria-selected", String(on));
    node.firstChild.replaceChildren(on ? icon("check") : "");
  }

  function pick(option, node, parts) {
    if (many) {
      const on = picked.some((other) => other.value === option.value);
      picked = on ? picked.filter((other) => other.value !== option.value) : [...picked, option];
      tick(option, node);
      mark(parts, options(parts).indexOf(node));
    } else {
      picked = [option];
      hide();
      button.focus();
    }
    paint();
    changed?.(picked);
  }

  function takeBack() {
    picked = picked.slice(0, -1);
    paint();
    changed?.(picked);
  }

  function keys(event, parts) {
    const all = options(parts);
    const here = all.findIndex((option) => option.classList.contains("active"));
    if (event.key === "Tab") {
      hide();
      button.focus();
      return; // and the browser goes on from there
    }
    if (event.key === "ArrowDown") mark(parts, Math.min(here + 1, all.length - 1));
    else if (event.key === "ArrowUp") mark(parts, Math.max(here - 1, 0));
    else if (event.key === "Enter") all[here]?.click();
    else if (event.key === "Backspace" && many && picked.length && !parts.search.value) {
      takeBack();
      if (!server) fill(parts, load(""));
    } else return;
    event.preventDefault();
  }

  function options({ list }) {
    return [...list.querySelectorAll("[role=option]")];
  }

  function mark(parts, index) {
    const all = options(parts);
    all.forEach((option, at) => {
      option.classList.toggle("active", at === index);
      option.id = `${name}-${at}`;
    });
    if (all[index]) parts.search.setAttribute("aria-activedescendant", all[index].id);
    else parts.search.removeAttribute("aria-activedescendant");
    all[index]?.scrollIntoView({ block: "nearest" });
  }
}
