// The side panel: a thread, what went over the wire, or the simulated WebNet; one at a time.

import { remember, state, tell } from "./state.js";

export function openPanel(name) {
  const opened = state.panel === name ? null : name;
  state.panel = opened;
  if (opened !== "thread") state.thread = null;
  if (opened !== "thread") remember("panel", opened);
  tell("panel");
}

export function openThread(ts) {
  state.thread = ts;
  state.panel = "thread";
  tell("panel");
  tell("thread");
}

export function closePanel() {
  if (!state.panel) return false;
  openPanel(state.panel);
  return true;
}
