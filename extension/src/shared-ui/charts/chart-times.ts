const DAY = 24 * 60 * 60 * 1000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const both = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** How ticks of a time axis that is so long are written. */
export function tickFormat(spanMilliseconds: number): (moment: Date) => string {
  if (spanMilliseconds > 2 * DAY) return (moment) => day.format(moment);
  return (moment) => (isMidnight(moment) ? day.format(moment) : clock.format(moment));
}

/** A moment in full, in the reader's own way. */
export function formatPoint(moment: number): string {
  return both.format(moment);
}

function isMidnight(moment: Date): boolean {
  return moment.getHours() === 0 && moment.getMinutes() === 0;
}
