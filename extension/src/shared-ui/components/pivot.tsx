import { useId, useRef, type KeyboardEvent, type ReactNode } from "react";

export interface PivotTab {
  readonly key: string;
  readonly title: string;
  /** Shown behind the title; undefined for none. */
  readonly count?: number | undefined;
}

interface PivotProps {
  readonly label: string;
  readonly tabs: readonly PivotTab[];
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
  readonly children: ReactNode;
}

/** Tabs inside of a tab. The arrow keys move between them, as the ARIA practices have it. */
export function Pivot({ label, tabs, chosen, onChoose, children }: PivotProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const choose = (index: number): void => {
    const tab = tabs[(index + tabs.length) % tabs.length];
    if (tab === undefined) return;
    onChoose(tab.key);
    list.current?.querySelector<HTMLElement>(`[data-key="${tab.key}"]`)?.focus();
  };
  return (
    <>
      <div ref={list} role="tablist" aria-label={label} className="pivot">
        {tabs.map((tab, index) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}`}
            data-key={tab.key}
            aria-selected={tab.key === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab.key === chosen ? 0 : -1}
            className="pivot-tab"
            onClick={() => onChoose(tab.key)}
            onKeyDown={(event) => onPivotKey(event, index, tabs.length, choose)}
          >
            {tab.title}
            {tab.count !== undefined && <span className="pivot-count">{tab.count.toLocaleString()}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} className="stack">
        {children}
      </div>
    </>
  );
}

function onPivotKey(event: KeyboardEvent, index: number, length: number, choose: (index: number) => void): void {
  if (event.key === "ArrowRight") choose(index + 1);
  else if (event.key === "ArrowLeft") choose(index - 1);
  else if (event.key === "Home") choose(0);
  else if (event.key === "End") choose(length - 1);
  else return;
  event.preventDefault();
}
