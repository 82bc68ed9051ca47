// The simulated WebNet's panel: what can be made to happen there, so that the bot's notices can be watched.

import { el, toast } from "./dom.js";
import { send, webnet } from "./live.js";
import { on, state } from "./state.js";

const LOOK_MS = 2000;
const AWAY_S = 30;
const SLOW_S = 4;

export function webnetPanel() {
  const device = el("select", { class: "field", "aria-label": "Device" });
  const policy = el("select", { class: "field", "aria-label": "Policy" });
  const verdict = el("p", { class: "panel-words verdict-now" });
  const status = el("p", { class: "webnet-status" });
  const told = el("p", { class: "told", role: "status" });
  const jobs = el("ul", { class: "jobs" });
  const broken = action("Break it", "Every job on it reports an error.", () => (isBroken() ? mend() : breakIt()));
  const away = action("Take it away", `It answers nothing for ${AWAY_S} seconds.`, () => (found?.away ? back() : takeAway()));
  const held = action("Hold the jobs", "They wait, so that one can be cancelled.", () => (found?.held ? letGo() : hold()));
  const slow = action("Slow it down", `Every answer takes ${SLOW_S} seconds.`, () => (found?.slow ? quick() : slowDown()));
  let found = null;
  let timer = null;
  device.addEventListener("change", paint);
  policy.addEventListener("change", paint);
  on("panel", look);
  on("entered", () => {
    found = null;
    device.replaceChildren();
    policy.replaceChildren();
    look();
  });
  return el("div", { class: "panel-scroll webnet", tabindex: "0", role: "group", "aria-label": "Simulated WebNet" },
    status,
    el("section", {}, el("h3", {}, "A device"), device, broken.row,
      action("Change its config", "Somebody changes it by hand: drift.", change).row),
    el("section", {}, el("h3", {}, "A policy"), policy, verdict,
      action("Violate it", "The device above fails it.", () => judge("fail")).row,
      action("Meet it again", "The device above passes it.", () => judge("pass")).row),
    el("section", {}, el("h3", {}, "Jobs"),
      action("Let the next backup fail", "Whoever starts it.", () => act("POST", "fail-next/config_backup", {}, "The next backup will fail. Start one, such as with /webnet backup.")).row,
      action("Run a backup", "Somebody starts it in WebNet, on the device above.", runBackup).row,
      action("Run a playbook", "It reports as it goes, for a minute: click its number below.", play).row,
      held.row, jobs),
    el("section", {}, el("h3", {}, "WebNet itself"), away.row, slow.row),
    told);

  async function look() {
    clearTimeout(timer);
    if (state.panel !== "webnet") return;
    try {
      found = await webnet("GET", state.customer ? `panel/${state.customer}` : "panel");
      paint();
    } catch (error) {
      status.textContent = error.message;
    }
    timer = setTimeout(look, LOOK_MS);
  }

  function paint() {
    if (!found) return;
    fill(device, found.devices.map((each) => [each.id, `${each.hostname}${each.broken ? " (broken)" : ""}${each.enabled ? "" : " (disabled)"}`]));
    fill(policy, found.policies.map((each) => [each.id, each.name]));
    status.className = found.away ? "webnet-status bad" : "webnet-status good";
    status.textContent = found.away ? "WebNet is away." : found.slow ? `WebNet answers, after ${SLOW_S} seconds each.` : "WebNet answers.";
    const says = { pass: "passes", fail: "fails" }[found.verdicts[`${device.value}/${policy.value}`]];
    verdict.textContent = says ? `${hostname()} ${says} it now.` : `${hostname()} was never checked against it.`;
    broken.name(isBroken() ? "Mend it" : "Break it");
    away.name(found.away ? "Bring it back" : "Take it away");
    held.name(found.held ? "Let the jobs go" : "Hold the jobs");
    slow.name(found.slow ? "Make it quick again" : "Slow it down");
    jobs.replaceChildren(...found.jobs.map((job) => el("li", {}, el("span", { class: `pill ${job.status}` }, job.status), " ", typed(`#${job.id}`, `logs ${job.id}${job.status === "running" ? " follow" : ""}`), ` ${job.type.replaceAll("_", " ")} `, el("small", {}, ...job.on.split(/([\w.-]+)/).map((word) => found.devices.some((each) => each.hostname === word) ? typed(word, `status ${word}`) : word)))));
  }

  /** Words that type a command in the open channel when they are clicked. */
  function typed(words, text) {
    const type = () => send("type", { text: `${state.command} ${text}`, channel: state.open }).catch((error) => toast(error.message, true));
    return el("button", { type: "button", title: `${state.command} ${text}`, on: { click: type } }, words);
  }

  function hold() {
    return act("PATCH", "", { hold: "queued" }, `Jobs that are started now wait. Start one, such as with /webnet backup ${hostname()}, and cancel it.`);
  }

  function letGo() {
    return act("PATCH", "", { hold: null }, "The jobs run.");
  }

  function isBroken() {
    return Boolean(found?.devices.find((each) => String(each.id) === device.value)?.broken);
  }

  function hostname() {
    return device.selectedOptions[0]?.textContent.replace(/ \(.*/, "") ?? "";
  }

  async function act(method, path, body, words) {
    try {
      const answer = await webnet(method, path, body);
      told.textContent = typeof words === "function" ? words(answer) : words;
    } catch (error) {
      toast(error.message, true);
    }
    await look();
  }

  function breakIt() {
    return act("POST", `broken/${device.value}`, {}, `${hostname()} is broken. Ping it: /webnet ping ${hostname()}`);
  }

  function mend() {
    return act("DELETE", `broken/${device.value}`, null, `${hostname()} works again.`);
  }

  function change() {
    return act("POST", `drift/${device.value}`, {}, (answer) => `${hostname()} changed: ${answer.changes === 1 ? "1 line" : `${answer.changes} lines`}, snapshot ${answer.snapshot}. A channel that wants drift hears of it at the next poll.`);
  }

  function judge(verdict) {
    const words = verdict === "fail" ? "violates" : "meets";
    return act("POST", `compliance/${device.value}`, { policy: Number(policy.value), status: verdict }, `${hostname()} ${words} ${policy.selectedOptions[0]?.textContent}.`);
  }

  function runBackup() {
    return act("POST", `backup/${device.value}`, {}, (answer) => `Job #${answer.job} runs.`);
  }

  function play() {
    return act("POST", `play/${device.value}`, {}, (answer) => `Job #${answer.job} runs for a minute. Follow it: ${state.command} logs ${answer.job} follow`);
  }

  function takeAway() {
    return act("POST", "away", { for_s: AWAY_S }, `WebNet is away for ${AWAY_S} seconds. Ask it something: /webnet status ${hostname()}`);
  }

  function back() {
    return act("DELETE", "away", null, "WebNet is back.");
  }

  function slowDown() {
    return act("POST", "slow", { delay_s: SLOW_S }, "WebNet is slow. The bot says “Working…” when an answer takes longer.");
  }

  function quick() {
    return act("DELETE", "slow", null, "WebNet is quick again.");
  }
}

function action(words, hint, pressed) {
  const button = el("button", { type: "button", class: "button", on: { click: pressed } }, words);
  return { row: el("div", { class: "act" }, button, el("small", {}, hint)), name: (now) => (button.textContent = now) };
}

/** Options anew only when they differ, so that an open list is left alone. */
function fill(select, options) {
  const same = options.length === select.options.length && options.every(([value, words], at) => select.options[at].value === String(value) && select.options[at].textContent === words);
  if (same) return;
  const before = select.value;
  select.replaceChildren(...options.map(([value, words]) => el("option", { value: String(value) }, words)));
  if (options.some(([value]) => String(value) === before)) select.value = before;
}
