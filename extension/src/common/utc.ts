const MONTH = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" });

/** A month as the node counts it: "2026-11" is "Nov 2026". */
export function formatMonth(month: string): string {
  return MONTH.format(Date.parse(`${month}-01T00:00:00Z`));
}

/** A day as the node counts it: "2026-11-25" is "Nov 25". */
export function formatDay(day: string): string {
  return DAY.format(Date.parse(`${day}T00:00:00Z`));
}

/** The day on which a time falls in UTC, whatever the reader's zone. */
export function formatUtcDate(iso: string): string {
  return DATE.format(Date.parse(iso));
}
