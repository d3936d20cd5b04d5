/** A number at a moment. */
export interface Point {
  /** ISO 8601. */
  readonly at: string;
  readonly value: number;
}

export interface Series {
  readonly name: string;
  /** In any order; moments without a point are bridged. */
  readonly points: readonly Point[];
}

/** A share of a bar; all shares together are the bar. */
export interface BarPart {
  readonly name: string;
  readonly value: number;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly parts?: readonly BarPart[] | undefined;
}

export type FormatValue = (value: number) => string;

/** How many different looks of lines and bars there are; further ones begin anew. */
export const LOOKS = 6;

/** One column of the figures, as lines, bars and the table all show it. */
export interface Figures {
  /** Heads of the rows: moments or labels. */
  readonly rows: readonly string[];
  readonly columns: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

export function valueFormat(unit: string, format: FormatValue | undefined): FormatValue {
  return format ?? ((value) => `${value.toLocaleString(undefined, { maximumFractionDigits: 1 })} ${unit}`.trim());
}

/** The moments of all series, the oldest first. */
export function momentsOf(series: readonly Series[]): readonly number[] {
  const moments = series.flatMap(({ points }) => points.map(({ at }) => Date.parse(at)));
  return [...new Set(moments)].sort((one, other) => one - other);
}

/** What each series has at each of the moments. */
export function seriesFigures(
  series: readonly Series[],
  moments: readonly number[],
  format: (moment: number) => string,
): Figures {
  return {
    rows: moments.map(format),
    columns: series.map(({ name, points }) => {
      const values = new Map(points.map(({ at, value }) => [Date.parse(at), value]));
      return { name, values: moments.map((moment) => values.get(moment) ?? null) };
    }),
  };
}

/** What each bar is made of; a bar without parts is one part. */
export function barFigures(bars: readonly Bar[], name: string): Figures {
  const names = [...new Set(bars.flatMap(({ parts }) => parts?.map((part) => part.name) ?? [name]))];
  return {
    rows: bars.map(({ label }) => label),
    columns: names.map((column) => ({ name: column, values: bars.map((bar) => partOf(bar, column, name)) })),
  };
}

function partOf(bar: Bar, column: string, whole: string): number | null {
  if (bar.parts === undefined) return column === whole ? bar.value : null;
  return bar.parts.find((part) => part.name === column)?.value ?? null;
}

/** The figures in a sentence, for who can't see the picture. */
export function summarize(label: string, figures: Figures, format: FormatValue): string {
  const [first] = figures.rows;
  const last = figures.rows.at(-1);
  if (first === undefined || last === undefined) return `${label}: nothing to show.`;
  const span = first === last ? first : `${first} to ${last}`;
  return [`${label}, ${span}.`, ...figures.columns.map((column) => describeColumn(column, format))].join(" ");
}

function describeColumn({ name, values }: Figures["columns"][number], format: FormatValue): string {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return `${name}: none.`;
  return `${name}: lowest ${format(Math.min(...known))}, highest ${format(Math.max(...known))}, last ${format(last)}.`;
}
