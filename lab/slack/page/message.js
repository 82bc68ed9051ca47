// One row of a channel or thread: a message, or a note of what went wrong where it would have stood.

import { drawn } from "./blocks.js";
import { clock, dayName, moment } from "./dates.js";
import { avatar, el, icon } from "./dom.js";
import { isMe, person } from "./names.js";
import { inMessage } from "./places.js";
import { messageTools } from "./shortcuts.js";
import { find, replies, state } from "./state.js";
import { mrkdwn } from "./text.js";

const JOINED_S = 300;
const SLACKBOT = { id: "USLACKBOT", real_name: "Slackbot" };
const REASONS = {
  dispatch_failed: "No bot is connected to this workspace, or it could not be reached.",
  operation_timeout: "The bot is connected, but did not acknowledge within three seconds.",
};

/** `previous` decides about the day's line and whether the portrait is repeated; `thread` opens a thread, if it can. */
export function row(item, previous, thread = null) {
  const at = moment(item.ts);
  const newDay = !previous || moment(previous.ts).toDateString() !== at.toDateString();
  const divider = newDay ? el("div", { class: "day", role: "separator" }, el("span", {}, dayName(at))) : "";
  return el("div", { class: "row", data: { ts: item.ts } }, divider, article(item, newDay ? null : previous, thread));
}

function article(item, previous, thread) {
  if (item.what === "refused") return refused(item);
  if (item.what === "failure") return failure(item);
  const joined = previous && isTalk(item) && isTalk(previous) && previous.author === item.author && item.ts - previous.ts < JOINED_S;
  const who = person(item.author);
  const node = frame(who, item.ts, { joined, ephemeral: item.ephemeral });
  node.body.append(content(item));
  if (item.edited) node.body.append(el("span", { class: "edited" }, "(edited)"));
  const answers = thread ? replies(item.channel, item.ts) : [];
  if (answers.length) node.body.append(summary(item, answers, thread));
  const tools = item.ephemeral ? [] : messageTools(item, thread);
  if (tools.length) node.whole.append(el("div", { class: "tools" }, tools));
  return node.whole;
}

/** What people write to one another; an app's messages each keep their head. */
function isTalk(item) {
  return !item.what && !item.ephemeral && !item.blocks.length;
}

function frame(who, ts, { joined = false, ephemeral = false, className = "" } = {}) {
  const time = el("time", { title: moment(ts).toLocaleString() }, clock(moment(ts)));
  const head = el("header", {}, el("b", {}, who.real_name), who.app ? el("span", { class: "app" }, "APP") : "", time);
  const body = el("div", { class: "body" });
  if (ephemeral) body.append(el("div", { class: "only-you" }, icon("eye"), "Only visible to you"));
  if (!joined) body.append(head);
  const gutter = el("div", { class: "gutter" }, joined ? time : avatar(who));
  const classes = ["message", joined && "joined", ephemeral && "ephemeral", className].filter(Boolean).join(" ");
  return { whole: el("article", { class: classes, "aria-label": who.real_name, tabindex: "-1" }, gutter, body), body };
}

function content(item) {
  if (!item.blocks.length) return el("div", { class: "mrkdwn" }, mrkdwn(item.text));
  return el("div", { class: "blocks" }, drawn(item.blocks, inMessage(item)));
}

function summary(item, answers, thread) {
  const faces = [...new Set(answers.map((answer) => answer.author))].slice(0, 4).map((id) => avatar(person(id), "tiny"));
  const last = moment(answers.at(-1).ts);
  const words = answers.length === 1 ? "1 reply" : `${answers.length} replies`;
  return el("button", { type: "button", class: "replies", on: { click: () => thread(item.ts) } }, faces, el("b", {}, words), el("span", {}, `Last reply ${dayName(last).toLowerCase()} at ${clock(last)}`));
}

function failure(item) {
  const node = frame(SLACKBOT, item.ts, { ephemeral: true });
  const words = item.words.split(" ")[0];
  node.body.append(el("div", { class: "mrkdwn" }, el("code", {}, words), ` failed with the error “${item.error}”`));
  if (REASONS[item.error]) node.body.append(el("div", { class: "edited" }, REASONS[item.error]));
  return node.whole;
}

function refused(item) {
  const node = frame(person(state.team.bot.id), item.ts, { ephemeral: item.ephemeral, className: "refused" });
  node.body.append(
    el("div", { class: "refusal", role: "alert" },
      el("div", {}, icon("warning"), el("b", {}, "Slack would refuse this message"), el("code", {}, item.code), el("span", {}, `sent by ${item.via}`)),
      el("ul", {}, item.problems.map((problem) => el("li", {}, problem))),
      el("details", {}, el("summary", {}, "What was sent"), el("pre", { tabindex: "0" }, JSON.stringify(item.payload, null, 2)))),
  );
  return node.whole;
}

/** Whether this person is spoken to. */
export function meant(item) {
  const channel = state.channels.find((each) => each.id === item.channel);
  if (channel?.kind === "im") return true;
  return JSON.stringify([item.text, item.blocks]).includes(state.me.id) && !isMe(item.author);
}

export function inChannel(item) {
  return !item.thread_ts || item.thread_ts === item.ts || !find(item.channel, item.thread_ts);
}
