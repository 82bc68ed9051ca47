// The app's shortcuts: those of the lightning bolt, and those of a message.

import { iconButton, toast } from "./dom.js";
import { send } from "./live.js";
import { overflow } from "./menus.js";
import { state } from "./state.js";

function options(kind) {
  const words = (text) => ({ type: "plain_text", text, emoji: false });
  return state.shortcuts.filter((each) => each.type === kind).map((each) => ({ text: words(each.name), description: words(each.description), value: each.callback_id }));
}

async function use(callback_id, where = {}) {
  try {
    const answer = await send("shortcut", { callback_id, ...where });
    if (answer.failed) toast(`The app did not respond (${answer.failed}).`, true);
  } catch (error) {
    toast(error.message, true);
  }
}

/** The lightning bolt beside the field to type into. */
export function globalShortcuts() {
  return overflow("Shortcuts", () => options("global"), (option) => use(option.value), { picture: "bolt", className: "icon-button" });
}

/** What stands beside a message: an answer in its thread, and the app's shortcuts for it. */
export function messageTools(item, thread) {
  const found = [];
  if (thread) found.push(iconButton("reply", "Reply in thread", () => thread(item.ts)));
  if (options("message").length) {
    found.push(overflow("More actions", () => options("message"), (option) => use(option.value, { channel: item.channel, ts: item.ts }), { className: "icon-button" }));
  }
  return found;
}
