// Joins the parts of the page of Teams: where somebody is, who they are, what stands there and what they write.

import { card } from "./cards.js";
import { chats } from "./chats.js";
import { avatar, el, icon, iconButton } from "./dom.js";
import { dialog } from "./inputs.js";
import { remember, remembered } from "./state.js";
import { switchTheme, theme } from "./theme.js";
import { act, alone, here, read, state } from "./wire.js";

const POLL_MS = 1000;
const BOT = { id: "bot", app: true, real_name: "WebNet Bot" };
const STEPS = [
  { title: "Look at a router", member: "Vera Viewer", text: "status rtr-fra1-001" },
  { title: "Back it up", member: "Oscar Operator", text: "backup rtr-fra1-001" },
  { title: "Fill in a form", member: "Oscar Operator", text: "ping", alone: true },
  { title: "Be refused", member: "Vera Viewer", text: "backup rtr-fra1-001", alone: true },
];
const byId = (id) => document.getElementById(id);
const seen = new Map(); // place -> how many messages somebody has seen there
let nodes = new Map(); // of the messages that are shown
let done = new Set();

// --- messages

function message(each) {
  const who = each.author ? { id: state.members.find((member) => member.name === each.author)?.id ?? each.author, real_name: each.author } : BOT;
  const time = el("time", {}, new Date(each.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  const head = el("header", {}, el("b", {}, who.real_name), who.app ? el("span", { class: "app" }, "APP") : "", time);
  const body = el("div", { class: "body" }, head);
  const node = el("article", { class: each.thread && each.thread !== each.id ? "message reply" : "message", "aria-label": who.real_name }, el("div", { class: "gutter" }, avatar(who)), body);
  const on = { fields: new Map(), root: () => node, pressed: (action, button) => pressed(each, action, button) };
  for (const one of each.activity.attachments ?? []) body.append(el("div", { class: "adaptive" }, card(one.content, on)));
  if (!each.activity.attachments) body.append(el("p", { class: "text" }, each.activity.text));
  if (each.versions > 1) body.append(el("span", { class: "edited" }, "(edited)"));
  return node;
}

async function pressed(each, action, button) {
  button.setAttribute("aria-busy", "true");
  const opens = action.type === "Action.Submit";
  const answer = await act(opens ? "open" : "press", { data: action.data, below: each.id });
  button.removeAttribute("aria-busy");
  dialog(opens ? answer : typeof answer?.value === "string" ? { task: { type: "message", value: answer.value } } : null);
  await refresh();
}

/** Each thread stands where it began. */
function threads() {
  const begun = new Map();
  for (const each of here()) {
    const key = each.thread || each.id;
    begun.set(key, [...(begun.get(key) ?? []), each]);
  }
  return [...begun.values()].flat();
}

function intro() {
  const name = nameOf(state.place);
  return el("div", { class: "intro" }, el("h3", {}, name), el("p", {}, `This is the very beginning of ${name} in an emulated Teams: nothing here reaches the real one. ${alone(state.place) ? "Write" : "Mention the bot and write"} help to begin.`));
}

/** A message that did not change stays as it is, with what somebody has unfolded in it. */
function kept(each) {
  const key = `${each.place} ${each.id} ${each.versions}`;
  return [key, nodes.get(key) ?? message(each)];
}

function drawLog() {
  const log = byId("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const focused = log.contains(document.activeElement) ? document.activeElement : null;
  nodes = new Map(threads().map(kept));
  log.replaceChildren(el("div", { class: "rows" }, intro(), [...nodes.values()]));
  if (focused?.isConnected) focused.focus({ preventScroll: true }); // which what is taken out and put back has lost
  if (atEnd || here().at(-1)?.author) log.scrollTop = log.scrollHeight;
}

// --- where somebody is, and who

function nameOf(place) {
  return alone(place) ? BOT.real_name : (state.places.find((each) => each.id === place)?.name ?? "");
}

/** A channel has threads, a chat has members. */
const sign = (place) => (place.endsWith("@thread.tacv2") ? "hash" : "people");

function goTo(place) {
  state.place = place;
  document.body.classList.remove("side-open");
  draw();
  byId("log").scrollTop = byId("log").scrollHeight;
}

function become(id) {
  state.member = state.members.find((each) => each.id === id);
  remember("member", id);
  goTo(alone(state.place) || !state.place ? state.places[0].id : state.place);
}

function unreadIn(id) {
  return state.messages.filter((each) => each.place === id).length - (seen.get(id) ?? 0);
}

function place(id, name) {
  if (id === state.place) seen.set(id, state.messages.filter((each) => each.place === id).length);
  const unread = unreadIn(id);
  const current = id === state.place;
  return el("button", { type: "button", class: unread ? "channel unread" : "channel", "aria-current": current && "true", on: { click: () => goTo(id) } },
    alone(id) ? avatar(BOT, "tiny") : icon(sign(id)), el("span", {}, name), unread ? el("span", { class: "badge" }, String(unread)) : "");
}

function drawSide() {
  const options = state.members.map((each) => el("option", { value: each.id, selected: each.id === state.member.id }, each.name));
  const who = el("select", { id: "me", class: "field", "aria-label": "You are", on: { change: (event) => become(event.target.value) } }, options);
  byId("side").replaceChildren(
    el("h2", {}, "Acme"),
    el("div", { class: "channels" }, el("h3", {}, "Channels and chats"), state.places.map((each) => place(each.id, each.name)), el("h3", {}, "Alone with the bot"), place(state.member.personal, BOT.real_name)),
    el("label", { class: "myself" }, avatar({ id: state.member.id, real_name: state.member.name }), who),
  );
}

function drawHead() {
  const elsewhere = [...state.places.map((each) => each.id), state.member.personal].filter((id) => id !== state.place);
  const unread = elsewhere.reduce((sum, id) => sum + unreadIn(id), 0);
  const menu = iconButton("menu", unread ? `Channels, ${unread} unread` : "Channels", () => document.body.classList.toggle("side-open"), { id: "open-side" });
  if (unread) menu.append(el("span", { class: "badge" }, String(unread))); // a phone shows no list of chats beside the messages
  byId("channel-head").replaceChildren(menu, el("h2", {}, alone(state.place) ? "" : icon(sign(state.place)), nameOf(state.place)));
  byId("mention").parentElement.hidden = alone(state.place);
  byId("text").placeholder = `Message ${nameOf(state.place)}`;
}

// --- the tour

function drawTour() {
  const box = byId("tour");
  box.hidden = remembered("tour.closed", false);
  if (box.hidden) return;
  const step = (each, at) => el("button", { type: "button", class: done.has(at) ? "step done" : "step", title: `${each.text}, as ${each.member}`, on: { click: () => play(each, at) } },
    done.has(at) ? icon("check") : el("span", { class: "number" }, String(at + 1)), el("span", {}, el("b", {}, each.title), el("small", {}, each.member)), el("code", {}, each.text));
  const more = state.slack ? el("a", { class: "step more", href: state.slack }, el("b", {}, "Then break something"), el("code", {}, "in WebNet, by Slack")) : "";
  box.replaceChildren(
    el("div", { class: "tour-head" }, el("b", {}, "Try these"), el("span", {}, "Each is written by the member who is named."), iconButton("close", "Close the tour", toggleTour)),
    el("div", { class: "steps" }, STEPS.map(step), more));
}

function toggleTour() {
  remember("tour.closed", !remembered("tour.closed", false));
  done = new Set();
  drawTour();
}

async function play(each, at) {
  done.add(at);
  become(state.members.find((member) => member.name === each.member).id);
  goTo(each.alone ? state.member.personal : state.places[0].id);
  await act("say", { text: each.text, mention: true });
  await refresh();
}

// --- all of it

function composer() {
  const text = el("textarea", { id: "text", rows: "1", "aria-label": "Message", autocomplete: "off", spellcheck: "false" });
  const mention = el("label", { class: "mention-box" }, el("input", { type: "checkbox", id: "mention", checked: true }), `@${BOT.real_name}`);
  const send = async () => {
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    go.disabled = true;
    await act("say", { text: words, mention: byId("mention").checked });
    await refresh();
  };
  const go = iconButton("send", "Send", send, { disabled: true });
  text.addEventListener("input", () => (go.disabled = !text.value.trim()));
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  return el("div", { class: "composer" }, el("div", { class: "composer-box" }, text, el("div", { class: "composer-foot" }, mention, go)));
}

function draw() {
  drawHead();
  drawLog();
  drawSide();
  drawTour();
}

function line(lost) {
  byId("line").className = lost ? "line bad" : "line good";
  byId("line").textContent = lost ? "The lab does not answer; trying again…" : `Bot at ${new URL(state.bot).host}`;
}

async function refresh() {
  try {
    const changed = await read();
    line(false);
    if (!changed) return;
  } catch {
    line(true);
    return;
  }
  if (!state.member) become((state.members.find((each) => each.id === remembered("member", "")) ?? state.members[0]).id);
  chats(byId("chats"), "Teams", state.slack);
  draw();
}

theme();
byId("tools").append(iconButton("tour", "The tour", toggleTour), iconButton("theme", "Light or dark", switchTheme));
byId("compose").append(composer());
byId("backdrop").addEventListener("click", () => document.body.classList.remove("side-open"));
refresh().then(() => setInterval(refresh, POLL_MS));
