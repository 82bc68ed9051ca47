// Joins the parts of the page.

import { chats } from "./chats.js";
import { composer } from "./composer.js";
import { el, icon, iconButton } from "./dom.js";
import { atHome, homeTab, tabs } from "./home.js";
import { enter } from "./live.js";
import "./modals.js";
import { closePanel, openPanel } from "./panels.js";
import { nameOf, setUp, step } from "./sidebar.js";
import { on, remembered, state, tell } from "./state.js";
import { switchTheme, theme } from "./theme.js";
import { channelTimeline, threadTimeline } from "./timeline.js";
import { tour } from "./tour.js";
import { webnetPanel } from "./webnet.js";
import { wirePanel } from "./wire.js";

const byId = (id) => document.getElementById(id);
const open = () => state.channels.find((channel) => channel.id === state.open);

function placeholder() {
  const channel = open();
  if (!channel) return "Message";
  return `Message ${channel.kind === "im" ? "" : "#"}${nameOf(channel)}, or type ${state.command}`;
}

function head() {
  const channel = open();
  if (!channel) return;
  const mark = channel.kind === "im" ? "" : icon(channel.kind === "private" ? "lock" : "hash");
  const away = channel.bot_member ? "" : el("small", {}, "The bot is not a member of this channel.");
  byId("channel-head").replaceChildren(iconButton("menu", "Channels", () => document.body.classList.toggle("side-open"), { id: "open-side" }), el("h2", {}, mark, nameOf(channel)), channel.kind === "im" ? tabs() : "", away);
  for (const id of ["log-box", "tour", "compose"]) byId(id).classList.toggle("away", atHome());
}

function intro() {
  const channel = open();
  if (!channel) return [];
  const name = `${channel.kind === "im" ? "" : "#"}${nameOf(channel)}`;
  return [el("div", { class: "intro" }, el("h3", {}, name), el("p", {}, `This is the very beginning of ${name} in an emulated Slack: nothing here reaches the real one. Type ${state.command} to talk to the bot.`))];
}

function line(now) {
  const node = byId("line");
  const lost = now === "down";
  const silent = !lost && !state.sockets && !state.byHttp;
  node.className = lost || silent ? "line bad" : "line good";
  node.textContent = lost ? "The lab does not answer; trying again…" : silent ? "No bot is connected" : state.byHttp ? "Bot by signed HTTP" : `Bot connected (${state.sockets})`;
}

function panels(thread, wire, webnet) {
  const titles = { thread: "Thread", wire: "Wire", webnet: "Simulated WebNet" };
  const parts = { thread, wire, webnet };
  const box = byId("panel");
  const draw = () => {
    const name = state.panel;
    box.hidden = !name;
    for (const [each, node] of Object.entries(parts)) node.hidden = each !== name;
    byId("panel-title").textContent = titles[name] ?? "";
    for (const each of ["wire", "webnet"]) byId(`open-${each}`).setAttribute("aria-pressed", String(each === name));
    document.body.classList.toggle("panel-open", Boolean(name));
  };
  on("panel", draw);
  on("entered", () => {
    byId("open-webnet").hidden = !state.webnet;
    chats(byId("chats"), "Slack", state.teamsPage);
    if (state.panel === "thread" || (state.panel === "webnet" && !state.webnet)) state.panel = null;
    draw();
  });
}

function build() {
  theme();
  setUp();
  byId("tools").append(
    el("button", { type: "button", id: "open-wire", "aria-pressed": "false", title: "What goes over the wire", on: { click: () => openPanel("wire") } }, icon("wire"), el("span", {}, "Wire")),
    el("button", { type: "button", id: "open-webnet", "aria-pressed": "false", title: "The simulated WebNet", on: { click: () => openPanel("webnet") } }, icon("network"), el("span", {}, "WebNet")),
    iconButton("tour", "The tour", () => guide.toggle()),
    iconButton("theme", "Light or dark", switchTheme));
  const guide = tour(byId("tour"));
  channelTimeline(byId("log"), intro);
  const main = composer(() => ({ channel: state.open }), placeholder);
  byId("compose").append(main.node);

  const log = el("div", { class: "log", role: "log", "aria-label": "Thread", tabindex: "0" });
  const answer = composer(() => ({ channel: state.open, thread_ts: state.thread }), () => "Reply…", { commands: false });
  const thread = el("div", { class: "panel-part" }, el("div", { class: "log-box" }, log), answer.node);
  const wire = el("div", { class: "panel-part" }, wirePanel());
  const webnet = el("div", { class: "panel-part" }, webnetPanel());
  byId("panel").append(
    el("header", {}, el("h2", { id: "panel-title" }), iconButton("close", "Close the panel", closePanel)), thread, wire, webnet);
  threadTimeline(log);
  panels(thread, wire, webnet);

  homeTab(byId("home"));
  on("tab", head);
  for (const event of ["entered", "opened"]) {
    on(event, head);
    on(event, main.relabel);
  }
  on("line", line);
  on("sockets", () => line("up"));
  on("thread", () => answer.input.focus());
  byId("backdrop").addEventListener("click", () => document.body.classList.remove("side-open"));
  addEventListener("keydown", shortcuts);
  state.panel = remembered("panel", null);
  state.open = remembered("channel", null);
}

function shortcuts(event) {
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    step(event.key === "ArrowUp" ? -1 : 1);
  } else if (event.key === "Escape" && !document.querySelector("dialog[open], .popup")) {
    if (document.body.classList.contains("side-open")) document.body.classList.remove("side-open");
    else closePanel();
  } else if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "") && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    const input = document.querySelector("#compose textarea");
    input.focus();
    if (!input.value) document.execCommand("insertText", false, "/");
  }
}

build();
const before = remembered("me", { team: "", user: "" });
enter(before.team, before.user).then(() => tell("ready"));
