// The switch between the emulated chats, where there are two.

import { el } from "./dom.js";

/** `here` is this page's chat; `other` is the address of the other one's page, null where there is none. */
export function chats(box, here, other) {
  box.hidden = !other;
  if (box.hidden) return;
  const link = (name) => el("a", name === here ? { href: "/", "aria-current": "page" } : { href: other }, name);
  box.replaceChildren(...["Slack", "Teams"].map(link));
}
