// Where elements stand: in a message, in a modal or on the home tab; what is done to them goes from there to the lab.

import { toast } from "./dom.js";
import { send } from "./live.js";

/** Something done to an element of a message or view; a failure stands where Slack shows it. */
async function act(body) {
  try {
    const answer = await send("act", body);
    if (answer.failed) toast(`The app did not respond (${answer.failed}).`, true);
  } catch (error) {
    toast(error.message, true);
  }
}

async function suggest(body) {
  const answer = await send("suggest", body);
  if (answer.failed) throw new Error(`The app did not respond (${answer.failed}).`);
  return answer.options;
}

export function inMessage(item) {
  const where = { channel: item.channel, ts: item.ts };
  return {
    live: true,
    act: (element, chosen) => act({ ...where, action_id: element.action_id, chosen }),
    suggest: (element, value) => suggest({ ...where, action_id: element.action_id, value }),
  };
}

function keyOf(block, element) {
  return JSON.stringify([block.block_id, element.action_id]);
}

/**
 * In a view, whose fields are read by `readers`. A field shows what is in `kept`, else what the lab keeps. An element is named
 * by its block, since others may have its action_id.
 */
export function placeOf({ id, state }, readers, kept = new Map()) {
  return {
    live: true,
    at: (block) => ({
      act: (element, chosen) => act({ view: id, action_id: nameOf(block, element), chosen, values: stateOf(readers) }),
      suggest: (element, value) => suggest({ view: id, action_id: nameOf(block, element), value, values: stateOf(readers) }),
      keep: (element, read) => readers.set(keyOf(block, element), read),
      saved: (element) => kept.get(keyOf(block, element)) ?? state[block.block_id]?.[element.action_id],
    }),
  };
}

/** An input block holds one element, so that its id is enough. */
function nameOf(block, element) {
  return block.type === "input" ? block.block_id : element.action_id;
}

/** What is filled in now, as Slack's state: block -> action -> value. */
export function stateOf(readers) {
  const state = {};
  for (const [key, read] of readers) {
    const [block, action] = JSON.parse(key);
    (state[block] ??= {})[action] = read();
  }
  return state;
}
