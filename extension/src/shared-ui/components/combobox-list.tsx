import { useEffect, useRef } from "react";

import type { SearchResult } from "../hooks/use-search";
import type { ComboboxItem } from "./combobox";
import { Icon } from "./icon";

interface ComboboxListProps {
  readonly id: string;
  readonly items: readonly ComboboxItem[];
  readonly active: number;
  readonly chosen: string;
  readonly result: SearchResult<ComboboxItem>;
  readonly nothingFound: string;
  readonly choose: (item: ComboboxItem) => void;
  readonly setActive: (index: number) => void;
}

/** What a combobox found so far. */
export function ComboboxList({ id, items, active, chosen, result, nothingFound, choose, setActive }: ComboboxListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }, [active, items]);
  const more = (result.page?.total ?? 0) - items.length;
  return (
    <div
      className="combobox-list"
      // The field keeps the focus; the mouse only points.
      onMouseDown={(event) => event.preventDefault()}
    >
      <div id={`${id}-list`} ref={list} className="combobox-options" role="listbox" aria-label="Found">
        {items.map((item, index) => (
          <div
            key={item.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={item.name === chosen}
            className={`option ${index === active ? "active" : ""}`}
            onMouseMove={() => setActive(index)}
            onClick={() => choose(item)}
          >
            <span dir="auto">{item.name}</span>
            {item.name === chosen && <Icon name="check" />}
          </div>
        ))}
      </div>
      <div role="status" className="small">
        {result.isSearching && <div className="option-note">Searching…</div>}
        {!result.isSearching && result.error === null && items.length === 0 && (
          <div className="option-note">{nothingFound}</div>
        )}
        {!result.isSearching && more > 0 && <div className="option-note">{more} more. Type to narrow them down.</div>}
      </div>
    </div>
  );
}
