import { useState, type KeyboardEvent, type PointerEvent } from "react";

import { lookOf } from "./chart-frame";
import type { Figures, FormatValue } from "./chart-data";
import type { PlotArea } from "./plot-area";

const PAGE = 10;

interface ProbeProps {
  readonly label: string;
  readonly area: PlotArea;
  readonly figures: Figures;
  readonly format: FormatValue;
  /** Where each row is, in pixels from the left. */
  readonly places: readonly number[];
}

/** Reads single figures out of a picture: by the pointer, or by the arrow keys as on a slider. */
export function Probe({ label, area, figures, format, places }: ProbeProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const last = places.length - 1;
  const at = chosen === null ? null : Math.min(chosen, last);
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setChosen(nearest(places, area.left + event.clientX - box.left));
  };
  const onKey = (event: KeyboardEvent): void => {
    const next = afterKey(event.key, at ?? last, last);
    if (next === undefined) return;
    setChosen(next);
    event.preventDefault();
  };
  return (
    <>
      <div
        className="chart-probe"
        role="slider"
        tabIndex={0}
        aria-label={`${label}, single figures`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at ?? last}
        aria-valuetext={describeRow(figures, at ?? last, format)}
        style={{ left: area.left, top: area.top, width: area.right - area.left, height: area.bottom - area.top }}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setChosen(null)}
        onFocus={() => setChosen((known) => known ?? last)}
        onBlur={() => setChosen(null)}
        onKeyDown={onKey}
      />
      {at !== null && <Tip area={area} figures={figures} format={format} row={at} place={places[at] ?? 0} />}
    </>
  );
}

interface TipProps {
  readonly area: PlotArea;
  readonly figures: Figures;
  readonly format: FormatValue;
  readonly row: number;
  readonly place: number;
}

/** The figures at one place; the probe reads them out, so this is for the eyes alone. */
function Tip({ area, figures, format, row, place }: TipProps) {
  const isLeft = place > area.left + (area.right - area.left) / 2;
  const side = isLeft ? { right: area.width - place + 8 } : { left: place + 8 };
  return (
    <div aria-hidden="true">
      <div className="chart-marker" style={{ left: place, top: area.top, height: area.bottom - area.top }} />
      <div className="chart-tip" style={{ ...side, top: area.top }}>
        <div className="quiet">{figures.rows[row]}</div>
        {figures.columns.map(({ name, values }, index) => {
          const value = values[row] ?? null;
          return (
            value !== null && (
              <div key={name} className={`chart-tip-line ${lookOf(index)}`}>
                <span className="chart-swatch" />
                <span>{name}</span>
                <strong>{format(value)}</strong>
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function describeRow(figures: Figures, row: number, format: FormatValue): string {
  const parts = figures.columns.flatMap(({ name, values }) => {
    const value = values[row] ?? null;
    return value === null ? [] : [`${name} ${format(value)}`];
  });
  return `${figures.rows[row] ?? ""}: ${parts.join(", ")}`;
}

function afterKey(key: string, at: number, last: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - PAGE,
    PageUp: at + PAGE,
    Home: 0,
    End: last,
  };
  const wanted = steps[key];
  return wanted === undefined ? undefined : Math.max(0, Math.min(last, wanted));
}

function nearest(places: readonly number[], x: number): number {
  let best = 0;
  places.forEach((place, index) => {
    if (Math.abs(place - x) < Math.abs((places[best] ?? 0) - x)) best = index;
  });
  return best;
}
