const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A point in time in the reader's own way and time zone, with seconds: much happens within a minute. */
export function formatMoment(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : moment.format(time);
}

/** How long ago, as a person says it; a clock that is a little ahead gives no time in the future. */
export function formatAgo(iso: string | null, now: number, never = "never"): string {
  if (iso === null) return never;
  const passed = now - Date.parse(iso);
  if (Number.isNaN(passed)) return iso;
  if (passed < MINUTE) return "just now";
  if (passed < HOUR) return count(passed / MINUTE, "minute") + " ago";
  if (passed < DAY) return count(passed / HOUR, "hour") + " ago";
  if (passed < 30 * DAY) return count(passed / DAY, "day") + " ago";
  return formatMoment(iso);
}

/** How much time is left, or null when it is over. */
export function formatLeft(iso: string, now: number): string | null {
  const left = Date.parse(iso) - now;
  if (left <= 0) return null;
  if (left < HOUR) return count(Math.max(1, left / MINUTE), "minute");
  if (left < 4 * DAY) return count(Math.round(left / HOUR), "hour");
  return count(Math.round(left / DAY), "day");
}

export function daysUntil(iso: string, now: number): number {
  return Math.floor((Date.parse(iso) - now) / DAY);
}

/** "1 work item", "2 work items". */
export function count(amount: number, noun: string): string {
  const whole = Math.floor(amount);
  return `${whole.toLocaleString()} ${noun}${whole === 1 ? "" : "s"}`;
}
