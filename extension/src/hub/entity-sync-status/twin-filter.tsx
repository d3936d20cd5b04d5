import type { TwinFilter } from "../../common/api/twins-api";
import type { Connection, TwinStatus } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { SelectField } from "../../shared-ui/components/select-field";

/** What a person has chosen in the bar; the search text stands beside it. */
export interface Choices {
  readonly connection: string;
  readonly status: TwinStatus | "";
  readonly project: string;
  readonly errors: "" | "yes" | "no";
  readonly conflicts: "" | "yes" | "no";
  readonly lastSync: LastSync;
  /** When the choice of a time was made: "within the last hour" stays the same list while it is read again. */
  readonly chosenAt: number;
}

type LastSync = "" | "hour" | "day" | "week" | "older-day" | "older-week" | "older-month";

export const NO_CHOICES: Choices = {
  connection: "",
  status: "",
  project: "",
  errors: "",
  conflicts: "",
  lastSync: "",
  chosenAt: 0,
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SPANS: Readonly<Record<Exclude<LastSync, "">, number>> = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  "older-day": DAY,
  "older-week": 7 * DAY,
  "older-month": 30 * DAY,
};
const LAST_SYNC: readonly { readonly value: LastSync; readonly title: string }[] = [
  { value: "", title: "Any time" },
  { value: "hour", title: "Within an hour" },
  { value: "day", title: "Within a day" },
  { value: "week", title: "Within a week" },
  { value: "older-day", title: "Over a day ago" },
  { value: "older-week", title: "Over a week ago" },
  { value: "older-month", title: "Over 30 days ago" },
];
const STATUSES: readonly { readonly value: TwinStatus | ""; readonly title: string }[] = [
  { value: "", title: "All under sync" },
  { value: "pending", title: "In Progress" },
  { value: "synchronized", title: "Synchronized" },
  { value: "failed", title: "Failed" },
  { value: "local_removed", title: "Removed here" },
  { value: "remote_removed", title: "Remote entity removed" },
  { value: "unlinked", title: "Not under sync any more" },
];
const ALL = { value: "", title: "All" };
const ERRORS = [
  ALL,
  { value: "yes", title: "With errors" },
  { value: "no", title: "Without errors" },
];
const CONFLICTS = [
  ALL,
  { value: "yes", title: "With conflicts" },
  { value: "no", title: "Without conflicts" },
];

export function toFilter(choices: Choices, text: string): TwinFilter {
  const { connection, status, project, errors, conflicts } = choices;
  return {
    connection,
    status,
    project,
    has_error: toFlag(errors),
    has_conflict: toFlag(conflicts),
    ...toTimes(choices),
    text,
  };
}

function toFlag(choice: Choices["errors"]): boolean | undefined {
  return choice === "" ? undefined : choice === "yes";
}

function toTimes({ lastSync, chosenAt }: Choices): Pick<TwinFilter, "synchronized_after" | "synchronized_before"> {
  if (lastSync === "") return {};
  const time = new Date(chosenAt - SPANS[lastSync]).toISOString();
  return lastSync.startsWith("older") ? { synchronized_before: time } : { synchronized_after: time };
}

export function isNarrowed(choices: Choices): boolean {
  const { connection, status, project, errors, conflicts, lastSync } = choices;
  return [connection, status, project, errors, conflicts, lastSync].some((choice) => choice !== "");
}

interface FilterBarProps {
  readonly choices: Choices;
  readonly connections: readonly Connection[];
  readonly projects: readonly string[];
  readonly onChange: (choices: Choices) => void;
}

/** Narrows the list down. */
export function FilterBar({ choices, connections, projects, onChange }: FilterBarProps) {
  const change = (changes: Partial<Choices>): void => onChange({ ...choices, ...changes });
  const named = connections.map(({ id, name }) => ({ value: id, title: name }));
  const places = projects.map((name) => ({ value: name, title: name }));
  return (
    <div className="filter twin-filter" role="group" aria-label="Filter">
      <SelectField
        label="Connection"
        value={choices.connection}
        choices={[ALL, ...named]}
        onChange={(connection) => change({ connection })}
      />
      <SelectField
        label="Status"
        value={choices.status}
        choices={STATUSES}
        onChange={(status) => change({ status: status as Choices["status"] })}
      />
      {places.length > 0 && (
        <SelectField label="Project" value={choices.project} choices={[ALL, ...places]} onChange={(project) => change({ project })} />
      )}
      <SelectField
        label="Errors"
        value={choices.errors}
        choices={ERRORS}
        onChange={(errors) => change({ errors: errors as Choices["errors"] })}
      />
      <SelectField
        label="Conflicts"
        value={choices.conflicts}
        choices={CONFLICTS}
        onChange={(conflicts) => change({ conflicts: conflicts as Choices["conflicts"] })}
      />
      <SelectField
        label="Last sync"
        value={choices.lastSync}
        choices={LAST_SYNC}
        onChange={(lastSync) => change({ lastSync: lastSync as LastSync, chosenAt: Date.now() })}
      />
      {isNarrowed(choices) && (
        <Button kind="link" onClick={() => onChange(NO_CHOICES)}>
          Clear the filter
        </Button>
      )}
    </div>
  );
}
