// Making elements. Everything that comes from outside becomes a text node; nothing is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

/** `props`: `on` holds listeners, `data` data attributes, `class` classes; what is null or false is left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function fragment(...children) {
  const made = document.createDocumentFragment();
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const PATHS = {
  hash: "M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h13.5M3 12.5h13.5",
  people: "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM2.5 16c0-2.8 2-4.5 5-4.5s5 1.7 5 4.5M13 9.5a2.4 2.4 0 1 0 0-4.8M14.5 11.7c1.9.5 3 2 3 4.3",
  lock: "M5.5 9V6.5a4.5 4.5 0 0 1 9 0V9M4 9h12v8H4z",
  chevron: "m5.5 8 4.5 4.5L14.5 8",
  close: "m5 5 10 10M15 5 5 15",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zm8 2.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  reply: "M4 4.5h12v8.5H9l-3.5 3v-3H4z",
  send: "M3 4.2 17 10 3 15.8l1.6-5L11 10 4.6 9.2z",
  wire: "M3 6h11l-3-3M17 14H6l3 3",
  network: "M10 3v4M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zm0 6v4M3 10h4M13 10h4",
  theme: "M10 2.5a7.5 7.5 0 1 0 0 15zM10 2.5a7.5 7.5 0 0 1 0 15",
  tour: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM7.8 7.6c.3-1.3 1.2-1.9 2.3-1.9 1.3 0 2.2.8 2.2 1.9 0 1.6-2.2 1.7-2.2 3.4m0 2.6v.3",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  check: "m4 10.5 4 4 8-9",
  warning: "M10 3 18 16.5H2zM10 8v4M10 14.2v.2",
  info: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9v5M10 6v.2",
  cross: "m6 6 8 8M14 6l-8 8",
  circle: "M10 16a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  half: "M10 16a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM10 4v12M10 7h4M10 10h5.5M10 13h4",
  bolt: "M11 2.5 4.5 11.5h5l-.5 6 6.5-9h-5z",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l1 11h7l1-11M8.5 9v5M11.5 9v5",
  home: "M3 9.5 10 3.5l7 6M5 8.5V17h10V8.5",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, pressed, more = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: pressed }, ...more }, icon(name));
}

/** A round portrait: initials on a colour of one's own; the app has a picture. */
export function avatar(who, size = "") {
  const classes = `avatar ${size}`.trim();
  if (who.app) return el("img", { class: classes, src: "/page/bot.svg", alt: "" });
  const hue = [...who.id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  const node = el("span", { class: classes, "aria-hidden": "true" }, who.real_name.slice(0, 1).toUpperCase());
  node.style.setProperty("--hue", String(hue));
  return node;
}

let toasts = null;

/** Back where they are at home, before what they stand in is drawn anew. */
export function toastsHome() {
  if (toasts && toasts.parentNode !== document.body) document.body.append(toasts);
}

/** Words that go by themselves; `bad` ones stay longer. */
export function toast(words, bad = false) {
  toasts ??= document.getElementById("toasts");
  const root = document.querySelector("dialog[open]") ?? document.body; // nothing shows through an open dialog
  if (toasts.parentNode !== root) root.append(toasts);
  const node = el("div", { class: bad ? "toast bad" : "toast" }, words);
  toasts.append(node);
  setTimeout(() => node.remove(), bad ? 8000 : 4000);
}

/** Content beside `anchor`, in the top dialog if one is open; closes by Escape and by a press elsewhere. */
export function popup(anchor, content, { above = false, className = "" } = {}) {
  const root = anchor.closest("dialog") ?? document.body;
  const box = el("div", { class: `popup ${className}`, role: "dialog", "aria-label": anchor.getAttribute("aria-label") ?? anchor.title }, content);
  root.append(box);
  const grown = new ResizeObserver(place); // with what is found while somebody types
  grown.observe(box);
  place();
  const outside = (event) => {
    if (!box.contains(event.target) && !anchor.contains(event.target)) close();
  };
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
    anchor.focus();
  };
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", keys, true);
  addEventListener("resize", close);

  function place() {
    const at = anchor.getBoundingClientRect();
    const width = Math.max(box.offsetWidth, Math.min(at.width, 360));
    box.style.minWidth = `${Math.min(at.width, 360)}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    const [over, below] = [at.top - 12, innerHeight - at.bottom - 12];
    const up = above || (box.scrollHeight > below && over > below);
    box.style.maxHeight = `${up ? over : below}px`;
    box.style.top = up ? "" : `${at.bottom + 4}px`;
    box.style.bottom = up ? `${innerHeight - at.top + 4}px` : "";
  }

  function close() {
    grown.disconnect();
    box.remove();
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", keys, true);
    removeEventListener("resize", close);
    anchor.setAttribute("aria-expanded", "false");
  }
  anchor.setAttribute("aria-expanded", "true");
  return { box, close };
}

/** Arrow keys, Home and End among what `selector` finds in `list`. */
export function roving(list, selector) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...list.querySelectorAll(selector)];
    if (!items.length || (!step && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    const here = items.indexOf(document.activeElement);
    const next = step ? (here + step + items.length) % items.length : event.key === "Home" ? 0 : items.length - 1;
    items[next].focus();
  });
}
