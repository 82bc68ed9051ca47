// Menus to choose from: one option or many, filtered by what is typed, by mouse and by keyboard.

import { el, icon, popup, roving } from "./dom.js";
import { textObject } from "./text.js";

const WAIT_MS = 150;

/**
 * `load(query)` gives options or groups of them; `changed(picked)` hears of every choice. `server`: the words typed are for
 * the app to filter by, not for this page.
 */
export function picker({ label, placeholder, chosen = [], many = false, server = false, least = 0, load, changed }) {
  let picked = [...chosen];
  let open = null;
  let asked = 0;
  const button = el("button", { type: "button", class: many ? "select many" : "select", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": label, on: { click: show } });
  paint();
  return { node: button, picked: () => picked };

  function paint() {
    const words = picked.map((option) => el("span", { class: "chosen" }, textObject(option.text)));
    button.replaceChildren(...(words.length ? words : [el("span", { class: "placeholder" }, placeholder)]), icon("chevron"));
  }

  function show() {
    if (open) return hide();
    const search = el("input", { type: "text", role: "combobox", "aria-label": `Filter ${label}`, placeholder: "Type to filter", autocomplete: "off", "aria-expanded": "true" });
    const list = el("ul", { role: "listbox", "aria-label": label, "aria-multiselectable": many ? "true" : null });
    open = popup(button, [search, list], { className: "menu" });
    let timer = null;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      if (server) timer = setTimeout(() => ask(list, search.value), WAIT_MS);
      else fill(list, search.value, load(search.value));
    });
    search.addEventListener("keydown", (event) => keys(event, list));
    new MutationObserver((_, observer) => {
      if (!open || !document.contains(open.box)) {
        observer.disconnect();
        open = null;
      }
    }).observe(open.box.parentNode, { childList: true });
    if (server) ask(list, "");
    else fill(list, "", load(""));
    search.focus();
    return undefined;
  }

  function hide() {
    open?.close();
    open = null;
  }

  /** The newest question counts: an answer that comes after a later one is dropped. */
  async function ask(list, query) {
    const turn = (asked += 1);
    const say = (words, bad = "") => turn === asked && list.replaceChildren(el("li", { class: `hint ${bad}` }, words));
    if (query.length < least) return say(`Type at least ${least} characters.`);
    say("Loading…");
    try {
      const found = await load(query);
      if (turn === asked) fill(list, query, found);
    } catch (error) {
      say(error.message, "bad");
    }
    return undefined;
  }

  function fill(list, query, found) {
    const groups = found.some((each) => each.options) ? found : [{ options: found }];
    const wanted = server ? "" : query.toLowerCase();
    const rows = groups.flatMap((group) => {
      const options = group.options.filter((option) => option.text.text.toLowerCase().includes(wanted));
      const title = group.label && options.length ? [el("li", { class: "group", role: "presentation" }, textObject(group.label))] : [];
      return [...title, ...options.map(row)];
    });
    list.replaceChildren(...(rows.length ? rows : [el("li", { class: "hint" }, "No results")]));
    mark(list, 0);
  }

  function row(option) {
    const on = picked.some((other) => other.value === option.value);
    const node = el("li", { role: "option", "aria-selected": String(on), on: { click: () => pick(option, node) } });
    node.append(el("span", { class: "tick" }, on ? icon("check") : ""), el("span", {}, textObject(option.text)));
    if (option.description) node.append(el("small", {}, textObject(option.description)));
    return node;
  }

  function pick(option, node) {
    if (many) {
      const on = picked.some((other) => other.value === option.value);
      picked = on ? picked.filter((other) => other.value !== option.value) : [...picked, option];
      node.replaceWith(row(option));
    } else {
      picked = [option];
      hide();
      button.focus();
    }
    paint();
    changed?.(picked);
  }

  function keys(event, list) {
    const options = [...list.querySelectorAll("[role=option]")];
    const here = options.findIndex((option) => option.classList.contains("active"));
    if (event.key === "ArrowDown") mark(list, Math.min(here + 1, options.length - 1));
    else if (event.key === "ArrowUp") mark(list, Math.max(here - 1, 0));
    else if (event.key === "Enter") options[here]?.click();
    else return;
    event.preventDefault();
  }
}

function mark(list, index) {
  const options = [...list.querySelectorAll("[role=option]")];
  options.forEach((option, at) => option.classList.toggle("active", at === index));
  options[index]?.scrollIntoView({ block: "nearest" });
}

/** The three dots: a short menu whose choice acts at once. */
export function overflow(label, options, picked) {
  let open = null;
  const button = el("button", { type: "button", class: "button dots", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, on: { click: show } }, icon("dots"));
  return button;

  function show() {
    const items = options.map((option) => {
      const row = el("li", { role: "menuitem", tabindex: "-1", on: { click: () => choose(option) } }, textObject(option.text));
      if (option.description) row.append(el("small", {}, textObject(option.description)));
      return row;
    });
    const list = el("ul", { role: "menu", "aria-label": label }, items);
    list.addEventListener("keydown", (event) => event.key === "Enter" && document.activeElement.click());
    roving(list, "[role=menuitem]");
    open = popup(button, list, { className: "menu" });
    items[0]?.focus();
  }

  function choose(option) {
    open?.close();
    button.focus();
    if (option.url) window.open(option.url, "_blank", "noopener");
    picked(option);
  }
}
