// The two kinds of tables: both sort by a column, a data table has pages as well.

import { el } from "./dom.js";
import { richText } from "./rich.js";

const PAGE = 5;
const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** A table block: its columns are aligned and wrapped as the app says, and it has no pages. */
export function table(block) {
  return sortable(block.rows, { settings: block.column_settings ?? [], size: block.rows.length });
}

export function dataTable(block) {
  return sortable(block.rows, { caption: block.caption, size: block.page_size ?? PAGE, header: block.row_header_column_index ?? 0 });
}

function sortable([head, ...rows], { caption = "", settings = [], size, header = -1 }) {
  const styles = head.map((_, column) => settings[column] ?? (rows.length && rows.every((row) => row[column]?.type === "raw_number") ? { align: "right" } : {}));
  let sorted = null; // {column, up}
  let page = 0;
  const body = el("tbody");
  const heads = head.map((cell, column) => el("th", { scope: "col" }, el("button", { type: "button", on: { click: () => sort(column) } }, content(cell))));
  heads.forEach((node, column) => style(node, styles[column]));
  const name = caption || "Table";
  const box = el("div", { class: "table", tabindex: "0", role: "group", "aria-label": name },
    el("table", {}, caption ? el("caption", {}, caption) : "", el("thead", {}, el("tr", {}, heads)), body));
  const pager = rows.length > size ? pages(name, rows.length, size, (to) => draw(to)) : null;
  draw(0);
  return pager ? [box, pager.node] : box;

  function sort(column) {
    const up = !(sorted?.column === column && sorted.up);
    sorted = { column, up };
    heads.forEach((node, at) => (at === column ? node.setAttribute("aria-sort", up ? "ascending" : "descending") : node.removeAttribute("aria-sort")));
    rows.sort((one, other) => (up ? 1 : -1) * compared(one[column], other[column]));
    draw(0);
  }

  function draw(to) {
    page = to;
    body.replaceChildren(...rows.slice(page * size, (page + 1) * size).map((row) => el("tr", {}, row.map((cell, column) => {
      const node = column === header ? el("th", { scope: "row" }, content(cell)) : el("td", {}, content(cell));
      style(node, styles[column]);
      return node;
    }))));
    pager?.show(page);
  }
}

function pages(name, count, size, go) {
  let page = 0;
  const words = el("span", { role: "status" });
  const step = (by, label) => el("button", { type: "button", class: "button", "aria-label": `${label} of ${name}`, on: { click: () => go(page + by) } }, label);
  const [before, after] = [step(-1, "Previous rows"), step(1, "Next rows")];
  const node = el("div", { class: "pager" }, before, words, after);
  return { node, show };

  function show(now) {
    page = now;
    words.textContent = `${page * size + 1} to ${Math.min((page + 1) * size, count)} of ${count}`;
    before.setAttribute("aria-disabled", String(page === 0));
    after.setAttribute("aria-disabled", String((page + 1) * size >= count));
  }
}

function content(cell) {
  return cell.type === "rich_text" ? richText(cell) : String(cell.text);
}

function style(node, setting = {}) {
  if (setting.is_wrapped) node.classList.add("wrapped");
  node.style.textAlign = setting.align ?? "left";
}

/** Numbers by their value, everything else as a person would sort it. */
function compared(one, other) {
  if (one.type === "raw_number" && other.type === "raw_number") return one.value - other.value;
  return order.compare(textOf(one), textOf(other));
}

function textOf(cell) {
  const node = el("span", {}, content(cell));
  return node.textContent;
}
