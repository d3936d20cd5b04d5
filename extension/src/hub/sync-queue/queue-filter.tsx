import { useCallback } from "react";

import type { EventFilter, EventStatus } from "../../common/api/queue-api";
import { CheckBox } from "../../shared-ui/components/check-box";
import { SearchField } from "../../shared-ui/components/search-field";
import { SelectField } from "../../shared-ui/components/select-field";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { STATUSES } from "./event-words";

export const NO_FILTER: EventFilter = { connection: "", status: "", workItem: "", showsFinished: false };

const STATUS_CHOICES = [
  { value: "", title: "All" },
  ...Object.entries(STATUSES).map(([value, { title }]) => ({ value, title })),
];

interface QueueFilterProps {
  readonly filter: EventFilter;
  readonly onChange: (filter: EventFilter) => void;
}

export function QueueFilter({ filter, onChange }: QueueFilterProps) {
  const connections = useConnectionChoices();
  return (
    <div className="filter" role="search" aria-label="Events">
      <SearchField
        label="Work item, local or remote number"
        placeholder="Work item number"
        value={filter.workItem}
        onChange={(workItem) => onChange({ ...filter, workItem: workItem.replace(/[^0-9]/g, "").slice(0, 9) })}
      />
      <SelectField
        label="Connection"
        value={filter.connection}
        choices={connections}
        onChange={(connection) => onChange({ ...filter, connection })}
      />
      <SelectField
        label="Status"
        value={filter.status}
        choices={STATUS_CHOICES}
        onChange={(status) => onChange({ ...filter, status: status as EventStatus | "" })}
      />
      <CheckBox
        label="Show finished (last week)"
        isChecked={filter.showsFinished}
        onChange={(showsFinished) => onChange({ ...filter, showsFinished })}
      />
    </div>
  );
}

function useConnectionChoices() {
  const { api } = useHub();
  const load = useCallback((signal: AbortSignal) => api.listConnections(signal), [api]);
  const { value } = useLive(load, null);
  const named = [...(value ?? [])].sort((one, other) => one.name.localeCompare(other.name));
  return [{ value: "", title: "All" }, ...named.map(({ id, name }) => ({ value: id, title: name }))];
}

export function isNarrowed(filter: EventFilter): boolean {
  return filter.connection !== "" || filter.status !== "" || filter.workItem !== "" || filter.showsFinished;
}
