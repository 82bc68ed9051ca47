// Adaptive Cards as Teams shows them. Every text is a text node, so that nothing in it is live.

import { el } from "./dom.js";
import { input } from "./inputs.js";

const BUTTONS = { positive: "primary", destructive: "danger" };
const SIZES = { Small: "small", Large: "large" };

const dated = (text) => text.replace(/\{\{(DATE|TIME)\(([^),]+)(?:, \w+)?\)\}\}/g, (_, what, at) => (what === "DATE" ? new Date(at).toLocaleDateString() : new Date(at).toLocaleTimeString()));

function run(each) {
  const looks = [SIZES[each.size], each.weight === "Bolder" && "strong", each.fontType && "mono", each.italic && "italic", each.strikethrough && "struck", each.isSubtle && "subtle", each.color === "Attention" && "attention"];
  const props = { class: looks.filter(Boolean).join(" ") || null };
  if (each.selectAction?.url) return el("a", { ...props, href: each.selectAction.url, target: "_blank", rel: "noreferrer" }, dated(each.text));
  return el(each.highlight ? "mark" : "span", props, dated(each.text));
}

/** Text in which who is mentioned stands out. */
const mentions = (text) => text.split(/<at>(.*?)<\/at>/).map((words, at) => (at % 2 ? el("span", { class: "mention" }, words) : dated(words)));

/** Each column has its share of the width. */
function widths(columns) {
  const all = columns.reduce((sum, each) => sum + each.width, 0);
  const shares = columns.map((each) => {
    const share = el("col");
    share.style.width = `${(100 * each.width) / all}%`;
    return share;
  });
  return el("colgroup", {}, shares);
}

const DRAW = {
  TextBlock: (each) => el("p", { class: each.weight === "Bolder" ? "text strong" : "text subtle" }, mentions(each.text)),
  RichTextBlock: (each) => el("div", { class: "text" }, each.inlines.map(run)),
  Container: (each, on) => el("div", { class: each.style ? `box ${each.style}` : "container-plain" }, drawn(each.items, on)),
  Table: (each, on) => el("div", { class: "table" }, el("table", {}, widths(each.columns), el("tbody", {}, each.rows.map((row) => el("tr", {}, row.cells.map((cell) => el("td", {}, drawn(cell.items, on)))))))),
  ActionSet: (each, on) => actions(each.actions, on),
};

/** `on` has `root()`, what the card stands in; `fields`, which is filled with how to read each; and `pressed(action, button)`. */
export function drawn(items, on) {
  return (items ?? []).map((each) => {
    const draw = each.type.startsWith("Input.") ? input : (DRAW[each.type] ?? (() => el("p", { class: "unknown" }, `unknown element: ${each.type}`)));
    const node = draw(each, on);
    if (each.id) node.dataset.id = each.id;
    node.hidden = each.isVisible === false;
    if (each.separator) node.classList.add("ruled");
    return node;
  });
}

export function actions(list, on) {
  const below = el("div");
  return el("div", {}, el("div", { class: "block-actions" }, list.map((each) => button(each, below, on))), below);
}

function button(each, below, on) {
  const node = el("button", { type: "button", class: `button ${BUTTONS[each.style] ?? ""}`.trim() }, each.title);
  const does = {
    "Action.OpenUrl": () => window.open(each.url, "_blank", "noreferrer"),
    "Action.ShowCard": () => below.replaceChildren(...(below.hasChildNodes() ? [] : [el("div", { class: "box" }, card(each.card, on))])),
    "Action.ToggleVisibility": () => toggle(each.targetElements, on.root()),
  };
  node.addEventListener("click", does[each.type] ?? (() => on.pressed(each, node)));
  return node;
}

function toggle(names, root) {
  for (const node of root.querySelectorAll("[data-id]")) if (names.includes(node.dataset.id)) node.hidden = !node.hidden;
}

export function card(content, on) {
  return [...drawn(content.body, on), ...(content.actions ? [actions(content.actions, on)] : [])];
}
