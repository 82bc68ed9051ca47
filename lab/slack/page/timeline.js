// What stands in the open channel, and in the open thread. Only what changes is drawn anew.

import { el, icon } from "./dom.js";
import { inChannel, row } from "./message.js";
import { isMe } from "./names.js";
import { find, on, replies, state } from "./state.js";
import { openThread } from "./panels.js";

const NEAR = 80; // pixels from the end that count as being there
const FOCUSABLE = "a, button, input, select, summary, textarea, [tabindex]";

/** Keeps `box` showing `list()`, at its end as long as the reader is there. */
export function timeline(box, list, thread, before = () => []) {
  const rows = new Map();
  const jump = el("button", { type: "button", class: "jump", hidden: true, on: { click: () => toEnd() } }, "New messages", icon("chevron"));
  box.after(jump);
  box.addEventListener("scroll", () => {
    if (atEnd()) jump.hidden = true;
  }, { passive: true });

  box.addEventListener("keydown", walk);

  // Pictures that arrive late and windows that change size must not push the end away.
  let stuck = true;
  box.addEventListener("scroll", () => (stuck = atEnd()), { passive: true });
  const inner = el("div", { class: "rows" });
  new ResizeObserver(() => stuck && toEnd()).observe(inner);
  new ResizeObserver(() => stuck && toEnd()).observe(box);
  box.replaceChildren(inner);
  return { redraw, update, toEnd };

  /** The arrow keys go from message to message, so that Tab reaches what can be done with one. */
  function walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.altKey || (event.target !== box && !event.target.matches(".message"))) return;
    const all = [...box.querySelectorAll(".message")];
    const here = event.target === box ? all.length : all.indexOf(event.target);
    const next = all[Math.max(0, here + step)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  function atEnd() {
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  }

  function toEnd() {
    box.scrollTop = box.scrollHeight;
    stuck = true;
    jump.hidden = true;
  }

  function redraw() {
    const held = [...rows].find(([, old]) => old.contains(document.activeElement));
    const refocus = held && focusOf(held[1]);
    rows.clear();
    const items = list();
    const made = items.map((item, at) => {
      const node = row(item, items[at - 1], thread);
      rows.set(item.ts, node);
      return node;
    });
    inner.replaceChildren(...before(), ...made);
    if (held && rows.has(held[0])) refocus(rows.get(held[0]));
    jump.hidden = true;
    toEnd();
  }

  /** One item came, changed or went; what follows it may have to show its portrait now. */
  function update(ts, dropped = null) {
    if (dropped) {
      rows.get(dropped.ts)?.remove();
      rows.delete(dropped.ts);
    }
    const items = list();
    const at = items.findLastIndex((item) => item.ts <= ts);
    const here = items[at]?.ts === ts;
    if (!here) {
      rows.get(ts)?.remove();
      rows.delete(ts);
    } else {
      put(items, at);
    }
    if (items[at + 1]) put(items, at + 1);
    if (stuck || (here && !items[at].what && isMe(items[at].author))) toEnd();
    else if (here && at === items.length - 1) jump.hidden = false;
  }

  function put(items, at) {
    const item = items[at];
    const node = row(item, items[at - 1], thread);
    const old = rows.get(item.ts);
    rows.set(item.ts, node);
    if (old) return replace(old, node);
    const previous = at ? rows.get(items[at - 1].ts) : null;
    if (previous) previous.after(node);
    else if (rows.has(items[at + 1]?.ts)) rows.get(items[at + 1].ts).before(node);
    else inner.append(node);
    node.classList.add("fresh");
    return undefined;
  }
}

/** Keeps the focus where it was: an edit must not take what has it away from under the keyboard. */
function replace(old, node) {
  const refocus = focusOf(old);
  const folds = [...node.querySelectorAll("details")];
  old.querySelectorAll("details").forEach((fold, at) => folds[at] && (folds[at].open = fold.open)); // as the reader left them
  old.replaceWith(node);
  refocus(node);
}

/** What has the focus within a row; the function that is returned gives it to the same in the row that takes its place. */
function focusOf(old) {
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const place = [old, ...old.querySelectorAll(FOCUSABLE)].indexOf(active);
  const action = active?.dataset.action;
  return (node) => {
    if (action) node.querySelector(`[data-action="${CSS.escape(action)}"]`)?.focus();
    else if (active) [node, ...node.querySelectorAll(FOCUSABLE)][place]?.focus();
  };
}

export function channelTimeline(box, intro) {
  const list = () => (state.items.get(state.open) ?? []).filter(inChannel);
  const made = timeline(box, list, openThread, intro);
  on("entered", made.redraw);
  on("opened", made.redraw);
  on("item", ({ item, dropped }) => {
    if (item.channel !== state.open) return undefined;
    if (item.deleted && replies(item.channel, item.ts).length) return made.redraw(); // its answers stand alone now
    const parent = item.thread_ts && item.thread_ts !== item.ts && find(item.channel, item.thread_ts);
    return made.update(parent ? parent.ts : item.ts, dropped);
  });
  return made;
}

export function threadTimeline(box) {
  const list = () => {
    const root = state.thread && find(state.open, state.thread);
    return root ? [root, ...replies(state.open, state.thread)] : [];
  };
  const made = timeline(box, list, null);
  on("thread", made.redraw);
  on("item", ({ item }) => {
    if (state.thread && item.channel === state.open && [item.ts, item.thread_ts].includes(state.thread)) made.update(item.ts);
  });
  return made;
}
