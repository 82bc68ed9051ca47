// Times as Slack writes them, in the reader's own time zone.

const DAY_MS = 24 * 3600 * 1000;

function format(at, options) {
  return new Intl.DateTimeFormat("en-US", options).format(at);
}

function ordinal(day) {
  const last = day % 10;
  if (day > 10 && day < 14) return `${day}th`;
  return `${day}${{ 1: "st", 2: "nd", 3: "rd" }[last] ?? "th"}`;
}

/** Whole days from `now` to `at`, by the calendar. */
function days(at, now) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
  return Math.round((midnight(at) - midnight(now)) / DAY_MS);
}

function pretty(at, now, otherwise) {
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days(at, now)] ?? otherwise;
}

function ago(at, now) {
  const seconds = Math.round((now - at) / 1000);
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    const count = Math.floor(Math.abs(seconds) / size);
    if (count) return seconds < 0 ? `in ${count} ${unit}${count > 1 ? "s" : ""}` : `${count} ${unit}${count > 1 ? "s" : ""} ago`;
  }
  return "just now";
}

export function clock(at, seconds = false) {
  return format(at, { hour: "numeric", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) });
}

export function dayName(at, now = new Date()) {
  const words = pretty(at, now, `${format(at, { weekday: "long", month: "long" })} ${ordinal(at.getDate())}`);
  return words[0].toUpperCase() + words.slice(1);
}

export function moment(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/** Slack's `{date_short_pretty} {time}` and the like; null when the time or a token is not one. */
export function formatted(timestamp, wanted, now = new Date()) {
  const at = new Date(Number(timestamp) * 1000);
  if (Number.isNaN(at.getTime())) return null;
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  const long = `${format(at, { weekday: "long", month: "long" })} ${ordinal(at.getDate())}, ${at.getFullYear()}`;
  const middle = `${format(at, { month: "long" })} ${ordinal(at.getDate())}, ${at.getFullYear()}`;
  const short = format(at, { month: "short", day: "numeric", ...year });
  const tokens = {
    date_num: `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`,
    date: middle,
    date_long: long,
    date_short: short,
    date_pretty: pretty(at, now, middle),
    date_long_pretty: pretty(at, now, long),
    date_short_pretty: pretty(at, now, short),
    time: clock(at),
    time_secs: clock(at, true),
    ago: ago(at, now),
    day_divider_pretty: dayName(at, now),
  };
  let known = true;
  const words = wanted.replace(/\{(\w+)\}/g, (_, token) => tokens[token] ?? ((known = false), ""));
  return known ? words[0]?.toUpperCase() + words.slice(1) : null;
}
