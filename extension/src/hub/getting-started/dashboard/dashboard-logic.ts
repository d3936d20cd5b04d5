import type { Activity, Dashboard } from "../../../common/api/dashboard-api";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Whether there is nothing to show: no pair, and nothing ever done. */
export function isEmpty(dashboard: Dashboard): boolean {
  const pairs = sum(Object.values(dashboard.twins)) + dashboard.held;
  return pairs === 0 && [...dashboard.days, ...dashboard.weeks].every(isQuiet);
}

function isQuiet({ incoming, outgoing, pairs, errors }: Activity): boolean {
  return incoming + outgoing + pairs + errors === 0;
}

export function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}

/** A time that something took, as short as it can be said: "80 ms", "1.4 s", "3 min". */
export function formatLatency(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.round(milliseconds).toLocaleString()} ms`;
  if (milliseconds < MINUTE) return `${short(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return `${short(milliseconds / MINUTE)} min`;
  return `${short(milliseconds / HOUR)} h`;
}

function short(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });
}
