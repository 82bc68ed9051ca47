// Who and where an id is, as far as this page knows.

import { state } from "./state.js";

export function person(id) {
  if (id === state.team?.bot.id) return { ...state.team.bot, app: true };
  return state.people.get(id) ?? { id, name: id, real_name: id, title: "" };
}

export function personName(id) {
  return person(id).real_name;
}

export function channelName(id) {
  return state.channels.find((channel) => channel.id === id)?.name ?? id;
}

export function isMe(id) {
  return id === state.me?.id;
}
