import { useId } from "react";

import { Icon } from "../../shared-ui/components/icon";
import type { Filter, StatusFilter } from "./connection-rows";

const STATUSES: readonly { readonly value: StatusFilter; readonly title: string }[] = [
  { value: "all", title: "All" },
  { value: "pending", title: "Pending" },
  { value: "active", title: "Active" },
  { value: "deactivated", title: "Deactivated" },
  { value: "blocked", title: "Blocked" },
  { value: "removed", title: "Removed" },
];

interface ConnectionFilterProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

export function ConnectionFilter({ filter, onChange }: ConnectionFilterProps) {
  const id = useId();
  return (
    <div className="filter" role="search" aria-label="Connections">
      <span className="filter-text">
        <Icon name="search" />
        <input
          className="input"
          type="search"
          dir="auto"
          aria-label="Filter by text"
          placeholder="Filter by text"
          value={filter.text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
        />
      </span>
      <span className="filter-status">
        <label htmlFor={id}>Status</label>
        <select
          id={id}
          className="input"
          value={filter.status}
          onChange={(event) => {
            const chosen = STATUSES.find(({ value }) => value === event.target.value);
            if (chosen !== undefined) onChange({ ...filter, status: chosen.value });
          }}
        >
          {STATUSES.map(({ value, title }) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </span>
    </div>
  );
}
