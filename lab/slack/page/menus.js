// Short menus whose choice acts at once.

import { el, icon, popup, roving } from "./dom.js";
import { textObject } from "./text.js";

/** The three dots, or another picture, that open a menu of what `options` gives then. */
export function overflow(label, options, picked, { picture = "dots", className = "button dots" } = {}) {
  let open = null;
  const button = el("button", { type: "button", class: className, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label, on: { click: show } }, icon(picture));
  return button;

  function show() {
    const items = options().map((option) => {
      const row = el("li", { role: "menuitem", tabindex: "-1", on: { click: () => choose(option) } }, textObject(option.text));
      if (option.description) row.append(el("small", {}, textObject(option.description)));
      return row;
    });
    const list = el("ul", { role: "menu", "aria-label": label }, items);
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault(); // else the same key presses the button, which has the focus by then, and opens the menu again
      document.activeElement.click();
    });
    roving(list, "[role=menuitem]");
    open = popup(button, list, { className: "menu" });
    items[0]?.focus();
  }

  function choose(option) {
    open?.close();
    button.focus();
    if (option.url) window.open(option.url, "_blank", "noopener");
    picked(option);
  }
}
