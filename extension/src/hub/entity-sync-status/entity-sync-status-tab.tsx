import { useCallback, useMemo, useState } from "react";

import type { Page } from "../../common/api/types";
import { TwinsApi, type ListedTwin, type TwinFilter } from "../../common/api/twins-api";
import { Button } from "../../shared-ui/components/button";
import type { SortOrder } from "../../shared-ui/components/data-table";
import { DownloadButton } from "../../shared-ui/components/download-button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pager } from "../../shared-ui/components/pager";
import { SearchField } from "../../shared-ui/components/search-field";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { usePages, type Paged } from "../../shared-ui/hooks/use-pages";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { SearchOutcome } from "./search-outcome";
import { FilterBar, isNarrowed, NO_CHOICES, toFilter, type Choices } from "./twin-filter";
import { TwinPage } from "./twin-page";
import { TwinTable } from "./twin-table";
import { useFilterChoices } from "./use-filter-choices";

const INTERVAL_MILLISECONDS = 10_000;
const FILE_NAME = "entity-sync-status.csv";
const LATEST_FIRST: SortOrder = { column: "synchronized_at", isDescending: true };

/** What a person has searched and chosen; it outlives a look at one of the pairs. */
export interface ListView {
  readonly choices: Choices;
  readonly text: string;
  readonly order: SortOrder;
}

export const WHOLE_LIST: ListView = { choices: NO_CHOICES, text: "", order: LATEST_FIRST };

interface EntitySyncStatusTabProps {
  readonly detail: string;
  readonly view: ListView;
  readonly onView: (view: ListView) => void;
}

/** What is in sync, and how it is doing. The address says which pair is open. */
export function EntitySyncStatusTab({ detail, view, onView }: EntitySyncStatusTabProps) {
  const { call, getAccessToken, go } = useHub();
  const api = useMemo(() => new TwinsApi(call, getAccessToken), [call, getAccessToken]);
  const back = useCallback(() => go("entity-sync-status"), [go]);
  if (detail !== "") return <TwinPage key={detail} api={api} id={detail} onBack={back} />;
  return <Overview api={api} view={view} onView={onView} />;
}

interface OverviewProps {
  readonly api: TwinsApi;
  readonly view: ListView;
  readonly onView: (view: ListView) => void;
}

function Overview({ api, view, onView }: OverviewProps) {
  const { organization } = useHub();
  const { choices, text, order } = view;
  const filter = useMemo(() => toFilter(choices, text), [choices, text]);
  const sort = `${order.isDescending ? "-" : ""}${order.column}`;
  const load = useCallback(
    (after: string | null, signal: AbortSignal): Promise<Page<ListedTwin>> => api.list(filter, sort, after, signal),
    [api, filter, sort],
  );
  const paged = usePages(load, INTERVAL_MILLISECONDS);
  const { connections, projects } = useFilterChoices();
  const { page, error, reload } = paged;
  if (error?.code === "administrator_required") {
    return <TabFailure error={error} organizationName={organization.name} onRetry={reload} />;
  }
  const clear = (): void => onView({ ...view, choices: NO_CHOICES, text: "" });
  return (
    <div className="stack">
      <p className="twins-intro">
        Every pair of work items in sync, the latest first. Search for a work item of either side to see how it is doing
        over each connection.
      </p>
      <div className="card stack twins">
        <SearchBar key={text} text={text} onSearch={(asked) => onView({ ...view, text: asked })} onRefresh={reload} />
        <FilterBar
          choices={choices}
          connections={connections}
          projects={projects}
          onChange={(chosen) => onView({ ...view, choices: chosen })}
        />
        {error !== null && page === null ? (
          <Failure error={error} onRetry={error.code === "validation" ? undefined : reload} />
        ) : (
          <>
            <OutOfDate error={error} onRetry={reload} />
            <Rows
              api={api}
              paged={paged}
              filter={filter}
              view={view}
              sort={sort}
              onSort={(chosen) => onView({ ...view, order: chosen })}
              onClear={clear}
            />
          </>
        )}
      </div>
    </div>
  );
}

interface SearchBarProps {
  readonly text: string;
  readonly onSearch: (text: string) => void;
  readonly onRefresh: () => void;
}

/** What was typed is asked for with Enter or the button, which refreshes when nothing else was typed. */
function SearchBar({ text, onSearch, onRefresh }: SearchBarProps) {
  const [typed, setTyped] = useState(text);
  const isSame = typed.trim() === text;
  const start = (): void => (isSame ? onRefresh() : onSearch(typed.trim()));
  return (
    <div className="twin-search" role="search" aria-label="Work items">
      <SearchField
        label="Work item key"
        placeholder="Number, title or address of a work item, here or on the other side"
        value={typed}
        onChange={setTyped}
        onSubmit={start}
      />
      <Button kind="primary" icon={isSame ? "refresh" : "search"} onClick={start}>
        {isSame ? "Refresh" : "Search"}
      </Button>
      {text !== "" && (
        <Button kind="link" onClick={() => onSearch("")}>
          Show all
        </Button>
      )}
    </div>
  );
}

interface RowsProps {
  readonly api: TwinsApi;
  readonly paged: Paged<ListedTwin>;
  readonly filter: TwinFilter;
  readonly view: ListView;
  readonly sort: string;
  readonly onSort: (order: SortOrder) => void;
  readonly onClear: () => void;
}

function Rows({ api, paged, filter, view, sort, onSort, onClear }: RowsProps) {
  const { go } = useHub();
  const { page, reload } = paged;
  const { choices, text, order } = view;
  if (page === null) return <Skeleton lines={8} label="Loading the pairs" />;
  if (page.total === 0) {
    if (text !== "" && !isNarrowed(choices)) {
      return <SearchOutcome key={text} api={api} text={text} onChanged={reload} onClear={onClear} />;
    }
    return <Nothing isNarrowed={text !== "" || isNarrowed(choices)} onClear={onClear} />;
  }
  return (
    <>
      <TwinTable
        rows={page.items}
        order={order}
        onSort={onSort}
        onOpen={(twin) => go(`entity-sync-status/${encodeURIComponent(twin.id)}`)}
      />
      <Pager paged={paged} noun="pairs" />
      <div>
        <DownloadButton fileName={FILE_NAME} load={() => api.export(filter, sort)}>
          Export CSV
        </DownloadButton>
      </div>
    </>
  );
}

function Nothing({ isNarrowed: narrowed, onClear }: { readonly isNarrowed: boolean; readonly onClear: () => void }) {
  const { go } = useHub();
  if (narrowed) {
    return (
      <EmptyState title="No pair matches.">
        <Button onClick={onClear}>Show all</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing is under sync yet.">
      <p className="quiet">Search for a work item above and exalate it, or let a trigger do it.</p>
      <Button kind="link" onClick={() => go("triggers")}>
        Open Triggers
      </Button>
    </EmptyState>
  );
}
