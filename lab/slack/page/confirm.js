// "Are you sure?", as an element asks it.

import { el, toastsHome } from "./dom.js";
import { textObject } from "./text.js";

/** Whether the person agreed. */
export function confirmed(what) {
  return new Promise((resolve) => {
    const deny = el("button", { type: "button", class: "button", on: { click: () => answer(false) } }, textObject(what.deny));
    const style = what.style === "danger" ? "danger" : "primary";
    const agree = el("button", { type: "button", class: `button filled ${style}`, on: { click: () => answer(true) } }, textObject(what.confirm));
    const dialog = el("dialog", { class: "modal small", "aria-label": what.title.text },
      el("header", {}, el("h2", {}, textObject(what.title))),
      el("div", { class: "modal-body" }, el("p", {}, textObject(what.text))),
      el("footer", {}, deny, agree));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      answer(false);
    });
    document.body.append(dialog);
    dialog.showModal();
    agree.focus();

    function answer(agreed) {
      toastsHome();
      dialog.close();
      dialog.remove();
      resolve(agreed);
    }
  });
}
