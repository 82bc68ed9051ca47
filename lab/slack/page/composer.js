// The box to type into, with the slash command's subcommands to choose from.

import { el, iconButton, toast } from "./dom.js";
import { send } from "./live.js";
import { globalShortcuts } from "./shortcuts.js";
import { state } from "./state.js";

const MOST = 20;
const history = [];
let made = 0;

/** `place` gives `{channel, thread_ts}`, `label` the words shown while it is empty. */
export function composer(place, label, { commands = true } = {}) {
  const name = `completions-${(made += 1)}`;
  const list = el("ul", { class: "completions", id: name, role: "listbox", "aria-label": "Commands", hidden: true });
  const hint = el("div", { class: "usage", hidden: true });
  const input = el("textarea", { rows: "1", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": name, "aria-label": label(), placeholder: label(), autocomplete: "off", spellcheck: "false", maxlength: "40000" });
  const bolt = commands ? globalShortcuts() : null;
  const go = iconButton("send", "Send", () => submit(), { disabled: true });
  const node = el("form", { class: "composer" }, list, el("div", { class: "composer-box" }, input, el("div", { class: "composer-foot" }, bolt, hint, go)));
  node.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", changed);
  input.addEventListener("keydown", keys);
  input.addEventListener("blur", () => setTimeout(() => offer(false), 150));
  let chosen = -1;
  let recalled = 0;
  return { node, input, set, relabel, submit };

  function relabel() {
    if (bolt) bolt.hidden = !state.shortcuts.some((each) => each.type === "global");
    input.placeholder = label();
    input.setAttribute("aria-label", label());
  }

  function set(text) {
    input.value = text;
    changed();
    input.focus();
  }

  function changed() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 180)}px`;
    go.disabled = !input.value.trim();
    chosen = -1;
    const found = commands ? matching(input.value) : { options: [], exact: null };
    list.replaceChildren(...found.options.map(row));
    offer(found.options.length > 0);
    hint.hidden = !found.exact;
    if (found.exact) hint.replaceChildren(el("code", {}, `${state.command} ${found.exact.usage}`), ` ${found.exact.summary}`);
  }

  function offer(open) {
    list.hidden = !open;
    input.removeAttribute("aria-activedescendant");
  }

  function row(each, at) {
    return el("li", { id: `${name}-${at}`, role: "option", "aria-selected": "false", on: { pointerdown: (event) => event.preventDefault(), click: () => complete(each) } },
      el("b", {}, each.text), el("span", {}, each.usage), el("small", {}, each.summary));
  }

  function complete(each) {
    set(each.complete);
  }

  function keys(event) {
    const options = [...list.children];
    if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose((chosen + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    } else if (!list.hidden && (event.key === "Tab" || (event.key === "Enter" && chosen >= 0)) && !event.shiftKey) {
      event.preventDefault();
      options[Math.max(chosen, 0)].click();
    } else if (!list.hidden && event.key === "Escape") {
      event.stopPropagation();
      offer(false);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !input.value && history.length) {
      event.preventDefault();
      recalled = Math.min(recalled + 1, history.length);
      set(history.at(-recalled));
    }
  }

  function choose(at) {
    chosen = at;
    [...list.children].forEach((option, index) => {
      option.classList.toggle("active", index === at);
      option.setAttribute("aria-selected", String(index === at));
      if (index === at) option.scrollIntoView({ block: "nearest" });
    });
    input.setAttribute("aria-activedescendant", list.children[at].id);
  }

  async function submit() {
    const text = input.value.trim();
    if (!text) return;
    history.push(text);
    if (history.length > 100) history.shift();
    recalled = 0;
    input.value = "";
    changed();
    try {
      await send("type", { text, ...place() });
    } catch (error) {
      toast(error.message, true);
      if (!input.value) set(text);
    }
  }
}

/** What may follow what is typed so far; `exact` is the subcommand that is named already. */
function matching(text) {
  const { command, hints } = state;
  if (!text.startsWith("/") || text.includes("\n")) return { options: [], exact: null };
  const [slash, ...rest] = text.split(" ");
  const all = hints.map((hint) => ({ ...hint, name: hint.usage.split(" ")[0] }));
  const option = (hint) => ({ text: `${command} ${hint.name}`, usage: hint.usage.slice(hint.name.length), summary: hint.summary, complete: hint.usage === hint.name ? `${command} ${hint.name}` : `${command} ${hint.name} ` });
  if (!rest.length) {
    const begun = command.startsWith(slash);
    const whole = { text: command, usage: "", summary: "", complete: `${command} ` };
    return { options: begun ? (all.length ? all.slice(0, MOST).map(option) : [whole]) : [], exact: null };
  }
  if (slash !== command) return { options: [], exact: null };
  const exact = all.find((hint) => hint.name === rest[0]) ?? null;
  if (exact || rest.length > 1) return { options: [], exact };
  return { options: all.filter((hint) => hint.name.startsWith(rest[0])).slice(0, MOST).map(option), exact: null };
}
