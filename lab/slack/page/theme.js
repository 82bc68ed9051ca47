// Light or dark: as the browser has it, until somebody chooses.

import { remember, remembered } from "./state.js";

export function theme(next = remembered("theme", null)) {
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  remember("theme", next);
}

export function switchTheme() {
  const dark = document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  theme(dark ? "light" : "dark");
}
