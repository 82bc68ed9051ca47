// The line to the lab: one fetch for what there is, then server-sent events; and what this person does.

import { toast } from "./dom.js";
import { place, remember, state, tell } from "./state.js";

const WIRE = 300;
let stream = null;
let again = null;
let turns = 0; // who asked last to become somebody is who this page becomes

/** Becomes this person; both may be empty, then the lab chooses. */
export async function enter(team = "", user = "") {
  const turn = (turns += 1);
  stream?.close();
  clearTimeout(again);
  let found;
  try {
    const answer = await fetch(`/_page/state?${new URLSearchParams({ team, user })}`);
    if (!answer.ok) throw new Error(await answer.text());
    found = await answer.json();
  } catch {
    if (turn !== turns) return;
    tell("line", "down");
    again = setTimeout(() => enter(team, user), 2000);
    return;
  }
  if (turn !== turns) return;
  take(found);
  remember("me", { team: state.team.id, user: state.me.id });
  connect();
  tell("entered");
  tell("line", "up");
}

function take(found) {
  const { run, at, teams, team, me, views, home, wire, sockets, webnet, teams_page: teamsPage, customer, command, hints, shortcuts, channels } = found;
  Object.assign(state, { run, at, teams, team, me, views, home, wire, sockets, webnet, teamsPage, customer, command, hints, shortcuts });
  state.channels = [...channels.filter((channel) => channel.kind !== "im"), ...channels.filter((channel) => channel.kind === "im")];
  state.byHttp = found.by_http;
  state.people = new Map(found.people.map((person) => [person.id, person]));
  state.items = new Map(channels.map((channel) => [channel.id, []]));
  for (const message of found.messages) place(message.channel, message);
  for (const note of found.notes) if (state.items.has(note.channel)) place(note.channel, note);
  if (!channels.some((channel) => channel.id === state.open)) state.open = state.channels[0]?.id ?? null;
  state.thread = null;
}

function connect() {
  const { team, me, run, at } = state;
  stream = new EventSource(`/_page/events?${new URLSearchParams({ team: team.id, user: me.id, after: `${run}-${at}` })}`);
  const mine = stream;
  const hear = (event, listener) => mine.addEventListener(event, (sent) => mine === stream && listener(JSON.parse(sent.data)));
  hear("message", (message) => tell("item", { item: message, ...place(message.channel, message) }));
  hear("note", heardNote);
  hear("views", (views) => {
    state.views = views;
    tell("views");
  });
  hear("home", (home) => {
    state.home = home;
    tell("home");
  });
  hear("wire", heardWire);
  hear("sockets", ({ count }) => {
    state.sockets = count;
    tell("sockets");
  });
  hear("lost", () => enter(team.id, me.id));
  mine.onopen = () => tell("line", "up");
  mine.onerror = () => {
    if (mine !== stream) return;
    tell("line", "down");
    if (mine.readyState === EventSource.CLOSED) again = setTimeout(() => enter(team.id, me.id), 2000);
  };
}

function heardNote(note) {
  if (note.channel && (note.what === "refused" || note.command)) {
    tell("item", { item: note, ...place(note.channel, note) });
  } else if (note.what === "refused") {
    toast(`Slack would refuse this (${note.code}): ${note.problems[0]}`, true);
  }
}

function heardWire(entry) {
  const here = state.wire.findIndex((other) => other.id === entry.id);
  if (here >= 0) state.wire[here] = entry;
  else state.wire.push(entry);
  if (state.wire.length > WIRE) state.wire.shift();
  tell("wire", entry);
}

/** Something this person does; gives the lab's answer, throws its words. */
export async function send(what, body) {
  const answer = await fetch(`/_page/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ team: state.team.id, user: state.me.id, ...body }),
  });
  return read(answer);
}

/** The simulated WebNet's controls. */
export async function webnet(method, path, body = null) {
  const headers = body || method !== "GET" ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(`/_page/webnet/${path}`, { method, headers, body: body && JSON.stringify(body) });
  return read(answer);
}

export async function wireDetail(id) {
  return read(await fetch(`/_page/wire/${id}`));
}

async function read(answer) {
  const text = await answer.text();
  let found = null;
  try {
    found = JSON.parse(text);
  } catch {
    // words, not JSON
  }
  if (!answer.ok) throw new Error(found?.error ?? found?.detail ?? text);
  return found;
}
