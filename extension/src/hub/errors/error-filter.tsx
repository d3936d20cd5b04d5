import { useCallback, useMemo } from "react";

import { IMPACTS, type ErrorCounts, type ErrorFilter, type Impact } from "../../common/api/errors-api";
import { CheckBox } from "../../shared-ui/components/check-box";
import type { PivotTab } from "../../shared-ui/components/pivot";
import { SearchField } from "../../shared-ui/components/search-field";
import { SelectField, type Choice } from "../../shared-ui/components/select-field";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";
import { codeTitle, IMPACT_WORDS } from "./error-words";

/** What a person has chosen. `number` is a work item as it was typed. */
export interface Choices {
  readonly status: "open" | "history";
  readonly impact: Impact | "all";
  readonly connection: string;
  readonly code: string;
  readonly side: "" | "local" | "remote";
  readonly search: string;
  readonly number: string;
  readonly isGrouped: boolean;
}

export const NO_CHOICES: Choices = {
  status: "open",
  impact: "all",
  connection: "",
  code: "",
  side: "",
  search: "",
  number: "",
  isGrouped: true,
};

const LARGEST_NUMBER = 2_147_483_647;

export function toFilter(choices: Choices, cause: string): ErrorFilter {
  const number = readNumber(choices.number);
  return {
    status: choices.status,
    impact: choices.impact === "all" ? undefined : choices.impact,
    connection_id: choices.connection || undefined,
    code: choices.code || undefined,
    side: choices.side === "" ? undefined : choices.side,
    work_item_id: number ?? undefined,
    search: choices.search.trim().slice(0, 500) || undefined,
    cause: cause || undefined,
  };
}

/** Whether anything beside open and history narrows the list down. */
export function isNarrowed(choices: Choices): boolean {
  const unnarrowed: Choices = { ...NO_CHOICES, status: choices.status, isGrouped: choices.isGrouped };
  return JSON.stringify({ ...unnarrowed, ...choices }) !== JSON.stringify(unnarrowed);
}

function readNumber(text: string): number | null {
  const digits = text.trim().replace(/^#/, "");
  if (!/^[0-9]{1,10}$/.test(digits)) return null;
  const number = Number(digits);
  return number >= 1 && number <= LARGEST_NUMBER ? number : null;
}

export function impactTabs(counts: ErrorCounts | null): readonly PivotTab[] {
  return [
    { key: "all", title: "All", count: counts?.total },
    ...IMPACTS.map((impact) => ({ key: impact, title: IMPACT_WORDS[impact].title, count: counts?.impacts[impact] })),
  ];
}

interface FilterBarProps {
  readonly choices: Choices;
  readonly counts: ErrorCounts | null;
  readonly onChange: (choices: Choices) => void;
}

/** What the list is narrowed down by. */
export function FilterBar({ choices, counts, onChange }: FilterBarProps) {
  const change = (part: Partial<Choices>): void => onChange({ ...choices, ...part });
  const isNoNumber = choices.number.trim() !== "" && readNumber(choices.number) === null;
  return (
    <div className="stack-small">
      <div className="row errors-filter">
        <SearchField label="Search in messages" value={choices.search} onChange={(search) => change({ search })} />
        <SearchField label="Work item number" value={choices.number} onChange={(number) => change({ number })} />
        <SelectField
          label="Show"
          value={choices.status}
          choices={[
            { value: "open", title: "Open" },
            { value: "history", title: "History" },
          ]}
          onChange={(status) => change({ status: status === "history" ? "history" : "open" })}
        />
        <ConnectionField value={choices.connection} onChange={(connection) => change({ connection })} />
        <SelectField
          label="Error"
          value={choices.code}
          choices={codeChoices(counts, choices.code)}
          onChange={(code) => change({ code })}
        />
        <SelectField
          label="Where"
          value={choices.side}
          choices={[
            { value: "", title: "Both sides" },
            { value: "local", title: "This side" },
            { value: "remote", title: "Partner's side" },
          ]}
          onChange={(side) => change({ side: side === "local" || side === "remote" ? side : "" })}
        />
        <CheckBox
          label="Group by cause"
          isChecked={choices.isGrouped}
          onChange={(isGrouped) => change({ isGrouped })}
        />
      </div>
      {isNoNumber && <p className="quiet small">Type the number of a work item of yours, for example 42.</p>}
    </div>
  );
}

function ConnectionField({ value, onChange }: { readonly value: string; readonly onChange: (id: string) => void }) {
  const { api } = useHub();
  const load = useCallback((signal: AbortSignal) => api.listConnections(signal), [api]);
  const connections = useLive(load, null).value;
  const choices = useMemo(() => {
    const known = (connections ?? []).map(({ id, name }) => ({ value: id, title: name }));
    const missing = value !== "" && !known.some((choice) => choice.value === value) ? [{ value, title: value }] : [];
    return [{ value: "", title: "All" }, ...known, ...missing];
  }, [connections, value]);
  return <SelectField label="Connection" value={value} choices={choices} onChange={onChange} />;
}

function codeChoices(counts: ErrorCounts | null, chosen: string): readonly Choice[] {
  const codes = Object.keys(counts?.codes ?? {});
  const all = chosen !== "" && !codes.includes(chosen) ? [...codes, chosen] : codes;
  return [{ value: "", title: "All" }, ...all.map((code) => ({ value: code, title: codeTitle(code) }))];
}
