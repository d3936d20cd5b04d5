import type { QueueSample } from "../../common/api/queue-api";

interface AgeScale {
  readonly unit: string;
  readonly read: (sample: QueueSample) => number;
}

const UNITS = [
  { unit: "days", seconds: 86_400 },
  { unit: "hours", seconds: 3600 },
  { unit: "minutes", seconds: 60 },
];

/** The largest unit of time that the oldest is at least two of, so that an axis has round numbers. */
export function scaleOfAge(samples: readonly QueueSample[]): AgeScale {
  const highest = Math.max(0, ...samples.map((sample) => sample.oldest_seconds));
  const { unit, seconds } = UNITS.find((each) => highest >= 2 * each.seconds) ?? { unit: "seconds", seconds: 1 };
  return { unit, read: (sample) => sample.oldest_seconds / seconds };
}
