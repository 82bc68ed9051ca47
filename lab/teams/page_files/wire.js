// What the page asks of the lab, and what it knows.

import { toast } from "./dom.js";

export const state = { at: -1, slack: null, bot: "", places: [], members: [], messages: [], member: null, place: "" };

export const here = () => state.messages.filter((each) => each.place === state.place);
export const alone = (place) => place.startsWith("a:");

/** Does something in the member's name, which the bot hears as Teams says it; returns what the bot answered. */
export async function act(name, body) {
  const given = { member: state.member.id, place: state.place, ...body };
  const response = await fetch(`/_page/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) });
  const answer = await response.json();
  if (answer.error || answer.status !== 200) toast(answer.error ?? `The bot answered ${answer.status}.`, true);
  return answer.body;
}

/** Reads what has changed; says whether anything has. */
export async function read() {
  const response = await fetch(`/_page/state?at=${state.at}`);
  if (response.status === 204) return false;
  Object.assign(state, await response.json());
  return true;
}
