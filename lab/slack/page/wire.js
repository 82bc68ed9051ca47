// What went over the wire: envelopes with their acks, the app's calls, and what was refused.

import { clock } from "./dates.js";
import { el } from "./dom.js";
import { wireDetail } from "./live.js";
import { channelName, personName } from "./names.js";
import { on, state } from "./state.js";

const SLOW_MS = 1000;
const KINDS = { slash_commands: "slash_commands", interactive: "interactive", events_api: "events_api" };

export function wirePanel() {
  const list = el("ol", { class: "wire", "aria-label": "Newest first" });
  const words = el("p", { class: "panel-words" });
  const rows = new Map();
  on("entered", redraw);
  on("wire", put);
  on("sockets", head);
  return el("div", { class: "panel-scroll" }, words, list);

  function head() {
    const sockets = state.sockets === 1 ? "1 Socket Mode connection" : `${state.sockets} Socket Mode connections`;
    words.textContent = `Envelopes to the app (→) with their acks, and its calls (←), newest first. ${state.byHttp ? `Signed HTTP to ${state.byHttp}.` : `${sockets}.`}`;
  }

  function redraw() {
    head();
    rows.clear();
    list.replaceChildren();
    for (const entry of state.wire) put(entry);
  }

  function put(entry) {
    const node = row(entry);
    const old = rows.get(entry.id);
    if (old) {
      node.firstChild.open = old.firstChild.open;
      old.replaceWith(node);
    }
    if (!old) list.prepend(node);
    rows.set(entry.id, node);
    if (list.children.length > 300) {
      const [oldest] = rows.keys();
      rows.get(oldest).remove();
      rows.delete(oldest);
    }
  }
}

function row(entry) {
  const sent = entry.what === "interaction";
  const where = [sent && entry.user ? personName(entry.user) : "", entry.channel ? `#${channelName(entry.channel)}` : ""].filter(Boolean).join(" in ");
  const time = new Date(entry.at * 1000);
  const head = el("summary", {},
    el("span", { class: sent ? "arrow out" : "arrow in", "aria-label": sent ? "to the app" : "from the app" }, sent ? "→" : "←"),
    el("b", {}, KINDS[entry.kind] ?? entry.kind),
    verdict(entry),
    el("time", {}, `${clock(time, true)}`),
    el("span", { class: "wire-words" }, [where, entry.words].filter(Boolean).join(": ").slice(0, 200)));
  const details = el("details", {}, head);
  details.addEventListener("toggle", () => details.open && details.children.length === 1 && fill(details, entry), { once: true });
  return el("li", { data: { wire: String(entry.id) } }, details);
}

function verdict(entry) {
  if (entry.what === "call") {
    if (!entry.error) return el("span", { class: "verdict good" }, String(entry.status === 200 ? "ok" : entry.status));
    return el("span", { class: "verdict bad" }, entry.status === 200 ? entry.error : `${entry.status} ${entry.error}`);
  }
  if (entry.late_ms !== null) return el("span", { class: "verdict bad" }, `late ack after ${milliseconds(entry.late_ms)}`);
  if (entry.error) return el("span", { class: "verdict bad" }, entry.error);
  if (entry.acked_ms === null) return el("span", { class: "verdict" }, "waiting for the ack");
  const slow = entry.acked_ms > SLOW_MS ? "verdict slow" : "verdict good";
  return el("span", { class: slow }, `ack in ${milliseconds(entry.acked_ms)}`);
}

function milliseconds(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms).toLocaleString("en-US")} ms`;
}

async function fill(details, entry) {
  try {
    const found = await wireDetail(entry.id);
    for (const [name, value] of Object.entries(found)) {
      details.append(el("h3", {}, value === null ? `${name}: empty` : name));
      if (value !== null) details.append(el("pre", { tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 2)));
    }
  } catch (error) {
    details.append(el("p", { class: "bad" }, error.message));
  }
}
