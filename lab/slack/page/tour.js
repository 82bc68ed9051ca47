// Five commands to begin with, and in the demo those of its quiet channel: a click becomes the person, types it, and ticks it off.

import { el, icon, iconButton } from "./dom.js";
import { enter, send } from "./live.js";
import { openPanel } from "./panels.js";
import { on, remember, remembered, state } from "./state.js";
import { openChannel } from "./sidebar.js";

const STEPS = [
  { id: "status", needs: "status", title: "Look at a router", user: "U0ALICE", text: "status rtr-fra1-001" },
  { id: "group", needs: "approvals", title: "Back up a group", user: "U0OSCAR", text: "backup @core-routers" },
  { id: "approve", needs: "approvals", title: "Approve it", user: "U0ALICE", text: "approvals mine" },
  { id: "search", needs: "search", title: "Search configs", user: "U0ALICE", text: 'search "ntp server"' },
  { id: "backup", needs: "backup", title: "Back it up", user: "U0OSCAR", text: "backup rtr-fra1-001" },
  { id: "diff", needs: "diff", title: "See what changed", user: "U0VERA", text: "diff rtr-fra1-001" },
  { id: "jobs", needs: "jobs", title: "See what ran", user: "U0VERA", text: "jobs" },
  { id: "help", needs: "help", title: "Ask for help", user: "U0VERA", text: "help" },
  { id: "quiet", needs: "subscriptions", title: "See quiet hours", user: "U0ALICE", text: "subscriptions", channel: "C0NIGHT" },
  { id: "report", needs: "report", title: "Get a report", user: "U0VERA", text: "report now", channel: "C0NIGHT" },
  { id: "refused", needs: "status", title: "Be refused", user: "U0MALLORY", text: "status rtr-fra1-001" },
];
const HOME = { team: "T0ACME", channel: "C0NOC" };

/** Those the bot has: four that are typed anywhere, those of a channel that is there, and the refusal. */
function steps() {
  const has = new Set(state.hints.map((hint) => hint.usage.split(" ")[0]));
  const fitting = STEPS.filter((step) => has.has(step.needs));
  const anywhere = fitting.filter((step) => step.id !== "refused" && !step.channel);
  const there = fitting.filter((step) => state.channels.some((channel) => channel.id === step.channel));
  return [...anywhere.slice(0, 4), ...there, ...fitting.filter((step) => step.id === "refused")];
}

export function tour(box) {
  let done = new Set(remembered("tour.done", []));
  on("entered", draw);
  return { toggle };

  function toggle() {
    remember("tour.closed", !remembered("tour.closed", false));
    if (!remembered("tour.closed", false)) {
      done = new Set();
      remember("tour.done", []);
    }
    draw();
  }

  function draw() {
    const found = steps();
    const hidden = remembered("tour.closed", false) || !found.length || state.team.id !== HOME.team;
    box.hidden = hidden;
    if (hidden) return;
    const more = state.webnet ? el("button", { type: "button", class: "step more", on: { click: () => state.panel === "webnet" || openPanel("webnet") } }, el("b", {}, "Then break something"), el("code", {}, "in WebNet")) : "";
    const both = state.teamsPage ? el("a", { class: "step more", href: state.teamsPage }, el("b", {}, "And see it in Teams"), el("code", {}, "notices come, too")) : "";
    box.replaceChildren(
      el("div", { class: "tour-head" }, el("b", {}, "Try these"), el("span", {}, "Each is typed by the person who is named."), iconButton("close", "Close the tour", toggle)),
      el("div", { class: "steps" }, found.map(card), more, both));
  }

  function card(step, at) {
    const who = state.people.get(step.user);
    const mark = done.has(step.id) ? icon("check") : el("span", { class: "number" }, String(at + 1));
    return el("button", { type: "button", class: done.has(step.id) ? "step done" : "step", data: { step: step.id }, title: `${state.command} ${step.text}, as ${who?.real_name ?? step.user} (${who?.title || "somebody"})`, on: { click: () => play(step) } },
      mark, el("span", {}, el("b", {}, step.title), el("small", {}, who?.real_name ?? step.user)), el("code", {}, step.text));
  }

  async function play(step) {
    done.add(step.id);
    remember("tour.done", [...done]);
    if (state.me.id !== step.user || state.team.id !== HOME.team) await enter(HOME.team, step.user);
    else draw();
    const channel = step.channel ?? HOME.channel;
    openChannel(channel);
    await send("type", { text: `${state.command} ${step.text}`, channel });
  }
}
