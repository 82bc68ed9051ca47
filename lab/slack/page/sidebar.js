// Workspaces, channels and direct messages with their unread marks, and who this person is.

import { avatar, el, icon, popup, roving } from "./dom.js";
import { enter } from "./live.js";
import { meant } from "./message.js";
import { isMe, person } from "./names.js";
import { on, remember, remembered, state, tell } from "./state.js";

const unread = new Map(); // channel -> {count, meant}

export function setUp() {
  on("entered", () => {
    countAll();
    draw();
  });
  on("item", ({ item, before }) => {
    if (item.deleted || before || item.what || isMe(item.author)) return;
    if (item.channel === state.open && !document.hidden) return read(item.channel);
    count(item);
    return draw();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && state.open) openChannel(state.open);
  });
}

export function openChannel(id) {
  const changed = state.open !== id;
  state.open = id;
  if (changed) {
    state.thread = null;
    state.tab = "messages";
  }
  if (changed && state.panel === "thread") state.panel = null;
  document.body.classList.remove("side-open");
  read(id);
  draw();
  if (changed) {
    remember("channel", id);
    tell("opened");
    tell("panel");
  }
}

/** The channel above or below in the list. */
export function step(by) {
  const at = state.channels.findIndex((channel) => channel.id === state.open);
  const next = state.channels[(at + by + state.channels.length) % state.channels.length];
  if (next) openChannel(next.id);
}

function key(channel) {
  return `read.${state.team.id}.${state.me.id}.${channel}`;
}

function read(channel) {
  unread.delete(channel);
  const last = state.items.get(channel)?.at(-1);
  if (last) remember(key(channel), last.ts);
  title();
}

function count(item) {
  const found = unread.get(item.channel) ?? { count: 0, meant: 0 };
  unread.set(item.channel, { count: found.count + 1, meant: found.meant + (meant(item) ? 1 : 0) });
}

function countAll() {
  unread.clear();
  for (const [channel, items] of state.items) {
    const last = remembered(key(channel), "");
    for (const item of items) if (item.ts > last && !item.what && !isMe(item.author)) count(item);
  }
  if (state.open && !document.hidden) read(state.open);
}

function title() {
  const meantForMe = [...unread.values()].reduce((sum, each) => sum + each.meant, 0);
  const channel = state.channels.find((each) => each.id === state.open);
  const where = channel ? nameOf(channel) : state.team?.name;
  document.title = `${meantForMe ? `(${meantForMe}) ` : ""}${where} – ${state.team?.name} – Emulated Slack`;
}

export function nameOf(channel) {
  return channel.kind === "im" ? person(state.team.bot.id).real_name : channel.name;
}

function draw() {
  document.getElementById("rail").replaceChildren(...state.teams.map(workspace));
  const channels = state.channels.filter((channel) => channel.kind !== "im");
  const direct = state.channels.filter((channel) => channel.kind === "im");
  document.getElementById("side").replaceChildren(
    el("h2", {}, state.team.name),
    el("div", { class: "channels" },
      el("h3", { id: "side-channels" }, "Channels"), list("side-channels", channels),
      el("h3", { id: "side-direct" }, "Direct messages"), list("side-direct", direct)),
    me(),
  );
  title();
}

function workspace(team) {
  const here = team.id === state.team.id;
  const button = el("button", { type: "button", class: "workspace", "aria-label": team.name, title: team.name, "aria-current": here ? "true" : null, on: { click: () => here || enter(team.id, state.me.id) } }, team.name.slice(0, 1));
  return button;
}

function list(label, channels) {
  const items = channels.map((channel) => {
    const found = unread.get(channel.id);
    const badge = found?.meant ? el("span", { class: "badge", "aria-label": `${found.meant} for you` }, String(found.meant)) : "";
    const picture = channel.kind === "im" ? avatar(person(state.team.bot.id), "tiny") : icon(channel.kind === "private" ? "lock" : "hash");
    const button = el("button", { type: "button", class: found ? "channel unread" : "channel", data: { channel: channel.id }, "aria-current": channel.id === state.open ? "page" : null, on: { click: () => openChannel(channel.id) } }, picture, el("span", {}, nameOf(channel)), badge);
    return el("li", {}, button);
  });
  const node = el("ul", { "aria-labelledby": label }, items);
  roving(node, "button");
  return node;
}

function me() {
  const button = el("button", { type: "button", id: "me", class: "myself", "aria-haspopup": "menu", "aria-expanded": "false", title: "Be somebody else", on: { click: () => choose(button) } },
    avatar(state.me), el("span", {}, el("b", {}, state.me.real_name), el("small", {}, state.me.title)), icon("chevron"));
  return button;
}

function choose(button) {
  let open = null;
  const rows = [...state.people.values()].map((each) => {
    const become = () => {
      open.close();
      document.body.classList.remove("side-open");
      enter(state.team.id, each.id);
    };
    return el("li", { role: "menuitemradio", tabindex: "-1", "aria-checked": String(isMe(each.id)), data: { user: each.id }, on: { click: become } },
      avatar(each, "small"), el("span", {}, el("b", {}, each.real_name), el("small", {}, each.title)), isMe(each.id) ? icon("check") : "");
  });
  const menu = el("ul", { role: "menu", "aria-label": "Who you are" }, rows);
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") document.activeElement.click();
  });
  roving(menu, "[role=menuitemradio]");
  open = popup(button, [el("p", { class: "popup-title" }, "Be somebody else"), menu], { above: true, className: "people" });
  rows[0].focus();
}
