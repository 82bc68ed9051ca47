// The elements of Block Kit: buttons, menus, pickers and inputs.
//
// Each is handed its place: `act(element, chosen)` does something, `suggest(element, words)` asks the app for options,
// `keep(element, read)` lets a modal read the value later, `saved(element)` is the value it had before it was drawn anew.

import { el, fragment, icon } from "./dom.js";
import { confirmed } from "./confirm.js";
import { overflow } from "./menus.js";
import { picker } from "./picker.js";
import { unknown } from "./rich.js";
import { state } from "./state.js";
import { textObject } from "./text.js";

export function element(what, place) {
  const draw = DRAWN[what.type];
  return draw ? draw(what, place) : unknown(what.type);
}

const DRAWN = {
  button,
  icon_button: iconButton,
  feedback_buttons: feedback,
  image,
  overflow: (what, place) => overflow("More actions", () => what.options, (option) => act(what, place, { selected_option: option })),
  static_select: (what, place) => menu(what, place, () => what.options ?? what.option_groups),
  external_select: (what, place) => menu(what, place, (words) => place.suggest(what, words)),
  users_select: (what, place) => menu(what, place, users),
  conversations_select: (what, place) => menu(what, place, channels),
  channels_select: (what, place) => menu(what, place, channels),
  checkboxes: (what, place) => ticks(what, place, "checkbox"),
  radio_buttons: (what, place) => ticks(what, place, "radio"),
  datepicker: (what, place) => moment(what, place, "date", "selected_date", what.initial_date),
  timepicker: (what, place) => moment(what, place, "time", "selected_time", what.initial_time),
  datetimepicker: dateTime,
  plain_text_input: (what, place) => words(what, place, "text"),
  email_text_input: (what, place) => words(what, place, "email"),
  url_text_input: (what, place) => words(what, place, "url"),
  number_input: (what, place) => words(what, place, "number"),
};
for (const kind of ["static", "external", "users", "conversations", "channels"]) {
  DRAWN[`multi_${kind}_select`] = DRAWN[`${kind}_select`];
}

/** After the person has agreed, where the element asks for that; false when nothing was done. */
async function act(what, place, chosen) {
  if (what.confirm && !(await confirmed(what.confirm))) return false;
  await place.act(what, chosen);
  return true;
}

function button(what, place) {
  const style = what.style ? `button ${what.style}` : "button";
  const label = what.accessibility_label ?? null;
  const pressed = async () => {
    if (what.url && !what.confirm) window.open(what.url, "_blank", "noopener");
    node.setAttribute("aria-busy", "true");
    try {
      const done = await act(what, place, undefined);
      if (done && what.url && what.confirm) window.open(what.url, "_blank", "noopener");
    } finally {
      node.removeAttribute("aria-busy");
    }
  };
  const node = el("button", { type: "button", class: style, "aria-label": label, data: { action: what.action_id ?? "" }, on: { click: pressed } }, textObject(what.text));
  if (what.url) node.title = what.url;
  return node;
}

/** For those only whom the app names, if it names anybody; that is a comfort and no check. */
function iconButton(what, place) {
  if (what.visible_to_user_ids && !what.visible_to_user_ids.includes(state.me.id)) return fragment();
  const node = button(what, place);
  node.classList.add("small");
  node.prepend(icon("trash"));
  return node;
}

function feedback(what, place) {
  return [what.positive_button, what.negative_button].map((each) => {
    const pressed = () => act(what, place, { text: each.text, value: each.value });
    return el("button", { type: "button", class: "button small", "aria-label": each.accessibility_label ?? null, on: { click: pressed } }, textObject(each.text));
  });
}

export function image(what) {
  if (!what.image_url) return el("span", { class: "no-image" }, icon("eye"), what.alt_text);
  const node = el("img", { src: what.image_url, alt: what.alt_text, loading: "lazy", referrerpolicy: "no-referrer" });
  node.addEventListener("error", () => node.replaceWith(el("span", { class: "no-image" }, icon("eye"), what.alt_text)));
  return node;
}

// --- menus

const FIELDS = {
  static: "option",
  external: "option",
  users: "user",
  conversations: "conversation",
  channels: "channel",
};

/** Which field Slack puts a choice into, such as selected_option or selected_users. */
function fieldOf(type) {
  const many = type.startsWith("multi_");
  const kind = FIELDS[type.replace("multi_", "").replace("_select", "")];
  return { many, name: many ? `${kind}s` : kind, whole: kind === "option" };
}

function option(text, value) {
  return { text: { type: "plain_text", text, emoji: false }, value };
}

function users() {
  return [...state.people.values()].map((person) => option(person.real_name, person.id));
}

function channels() {
  return state.channels.filter((channel) => channel.kind !== "im").map((channel) => option(`#${channel.name}`, channel.id));
}

function menu(what, place, load) {
  const { many, name, whole } = fieldOf(what.type);
  const value = (picked) => {
    const values = whole ? picked : picked.map((each) => each.value);
    return { [`selected_${name}`]: many ? values : (values[0] ?? null) };
  };
  const before = place.saved?.(what)?.[`selected_${name}`] ?? what[`initial_${name}`] ?? [];
  const known = whole ? [] : load("");
  const chosen = [before].flat().map((each) => (whole ? each : (known.find((other) => other.value === each) ?? option(each, each))));
  const server = what.type.endsWith("external_select");
  const placeholder = what.placeholder?.text ?? (many ? "Choose options" : "Choose an option");
  const least = server ? (what.min_query_length ?? 3) : 0;
  const made = picker({ label: place.label ?? placeholder, placeholder, chosen, many, server, least, load, changed: (picked) => place.live && act(what, place, value(picked)) });
  place.keep?.(what, () => ({ type: what.type, ...value(made.picked()) }));
  return made.node;
}

// --- ticks

function ticks(what, place, kind) {
  const many = kind === "checkbox";
  const name = `tick-${crypto.randomUUID()}`;
  const field = many ? "selected_options" : "selected_option";
  const before = [place.saved?.(what)?.[field] ?? (many ? what.initial_options : what.initial_option) ?? []].flat();
  const boxes = what.options.map((each) => el("input", { type: kind, name, checked: before.some((other) => other.value === each.value), on: { change: changed } }));
  const rows = what.options.map((each, at) => el("label", { class: "tick-row" }, boxes[at], el("span", {}, textObject(each.text), each.description ? el("small", {}, textObject(each.description)) : "")));
  const read = () => {
    const on = what.options.filter((_, at) => boxes[at].checked);
    return { [field]: many ? on : (on[0] ?? null) };
  };
  place.keep?.(what, () => ({ type: what.type, ...read() }));
  return el("div", { class: "ticks", role: many ? "group" : "radiogroup", "aria-label": place.label ?? null }, rows);

  function changed() {
    if (place.live) act(what, place, read());
  }
}

// --- dates and words

function moment(what, place, kind, field, initial) {
  const input = el("input", { type: kind, class: "field", "aria-label": place.label ?? what.placeholder?.text ?? kind });
  input.value = place.saved?.(what)?.[field] ?? initial ?? "";
  const read = () => ({ [field]: input.value || null });
  input.addEventListener("change", () => place.live && act(what, place, read()));
  place.keep?.(what, () => ({ type: what.type, ...read() }));
  return input;
}

function dateTime(what, place) {
  const input = el("input", { type: "datetime-local", class: "field", "aria-label": place.label ?? "Date and time" });
  const before = place.saved?.(what)?.selected_date_time ?? what.initial_date_time;
  if (before) {
    const at = new Date(before * 1000);
    input.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
  const read = () => ({ selected_date_time: input.value ? Math.floor(new Date(input.value).getTime() / 1000) : null });
  input.addEventListener("change", () => place.live && act(what, place, read()));
  place.keep?.(what, () => ({ type: what.type, ...read() }));
  return input;
}

function words(what, place, kind) {
  const many = what.multiline === true;
  const input = el(many ? "textarea" : "input", {
    type: many ? null : kind === "number" ? "text" : kind,
    inputmode: kind === "number" ? "decimal" : null,
    rows: many ? "4" : null,
    class: "field",
    maxlength: what.max_length ?? null,
    placeholder: what.placeholder ? what.placeholder.text : null,
    "aria-label": place.label ?? null,
    autofocus: what.focus_on_load === true,
  });
  input.value = place.saved?.(what)?.value ?? what.initial_value ?? "";
  const triggers = what.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tellApp = () => place.live && act(what, place, { value: input.value });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !many && place.live && triggers.includes("on_enter_pressed")) {
      event.preventDefault();
      tellApp();
    }
  });
  if (triggers.includes("on_character_entered")) input.addEventListener("input", tellApp);
  place.keep?.(what, () => ({ type: what.type, value: input.value || null }));
  return input;
}

