// The app's own conversation has two tabs: its home, which the app publishes for each person, and the messages.

import { drawn } from "./blocks.js";
import { el, icon, toast } from "./dom.js";
import { send } from "./live.js";
import { placeOf } from "./places.js";
import { on, state, tell } from "./state.js";

const TABS = { home: "Home", messages: "Messages" };

/** Whether the home tab is what is shown now. */
export function atHome() {
  return state.tab === "home" && state.channels.find((channel) => channel.id === state.open)?.kind === "im";
}

export function tabs() {
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "Of the app" }, Object.entries(TABS).map(([name, words]) => {
    const here = state.tab === name;
    return el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(here), "aria-controls": name === "home" ? "home" : "log", tabindex: here ? "0" : "-1", on: { click: () => choose(name) } }, words);
  }));
  list.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    choose(state.tab === "home" ? "messages" : "home");
  });
  return list;
}

async function choose(name) {
  state.tab = name;
  tell("tab");
  document.getElementById(`tab-${name}`)?.focus();
  await opened(name);
}

/** Tells the app, as Slack does each time that a person opens its home. */
async function opened(tab) {
  try {
    const answer = await send("home", { tab });
    if (answer.failed) toast(`The app did not respond (${answer.failed}).`, true);
  } catch (error) {
    toast(error.message, true);
  }
}

export function homeTab(box) {
  let readers = new Map();
  let shown = "";
  for (const event of ["entered", "opened", "tab", "home"]) on(event, draw);
  on("entered", () => atHome() && opened("home"));
  draw();

  function draw() {
    box.hidden = !atHome();
    if (box.hidden) return;
    const now = JSON.stringify([state.home?.id, state.home?.hash, state.me.id]);
    if (now === shown) return;
    const kept = new Map([...readers].map(([key, read]) => [key, read()]));
    const active = box.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    readers = new Map();
    shown = now;
    box.replaceChildren(...content(kept));
    if (active) box.querySelector(`[data-action="${CSS.escape(active)}"]`)?.focus();
  }

  function content(kept) {
    if (!state.home) return [el("div", { class: "empty" }, icon("home"), el("p", {}, "The app has published nothing here yet."))];
    return [el("div", { class: "blocks" }, drawn(state.home.view.blocks, placeOf(state.home, readers, kept)))];
  }
}
