// What this page knows, and who wants to hear when it changes.

export const state = {
  run: "",
  at: 0,
  teams: [],
  team: null,
  me: null,
  people: new Map(),
  channels: [],
  items: new Map(), // channel -> what stands in it, by time: messages, and notes of what went wrong
  views: [],
  home: null, // what the app has published to this person's home tab
  tab: "messages", // of the app's own conversation: home or messages
  wire: [],
  sockets: 0,
  byHttp: null,
  webnet: null,
  teamsPage: null, // where the emulated Teams is, in a demo of both
  customer: null,
  command: "/webnet",
  hints: [],
  shortcuts: [],
  open: null, // the channel that is shown
  thread: null, // the message whose thread is shown
  panel: null, // thread, wire or webnet
};

export const KEPT = 500; // messages of a channel

const listeners = new Map();

export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

export function tell(event, detail) {
  for (const listener of listeners.get(event) ?? []) listener(detail);
}

/** Puts a message or note where it belongs; the item it took the place of, and what was dropped to make room. */
export function place(channel, item) {
  const items = state.items.get(channel) ?? [];
  state.items.set(channel, items);
  const here = items.findLastIndex((other) => other.ts === item.ts);
  if (item.deleted) {
    if (here >= 0) items.splice(here, 1);
    return { before: here >= 0, dropped: null };
  }
  if (here >= 0) items[here] = item;
  else items.splice(items.findLastIndex((other) => other.ts < item.ts) + 1, 0, item);
  return { before: here >= 0, dropped: items.length > KEPT ? items.shift() : null };
}

export function find(channel, ts) {
  return state.items.get(channel)?.findLast((item) => item.ts === ts);
}

/** The answers in a message's thread. */
export function replies(channel, ts) {
  return (state.items.get(channel) ?? []).filter((item) => item.thread_ts === ts && item.ts !== ts);
}

/** Small things that outlive the page. */
export function remembered(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`lab.${key}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`lab.${key}`, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing forgets, and works all the same
  }
}
