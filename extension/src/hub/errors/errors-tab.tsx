import { useCallback, useMemo, useState } from "react";

import { ErrorsApi, type ErrorFilter } from "../../common/api/errors-api";
import { Button } from "../../shared-ui/components/button";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { OutOfDate } from "../../shared-ui/components/out-of-date";
import { Pager } from "../../shared-ui/components/pager";
import { Pivot } from "../../shared-ui/components/pivot";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { TabFailure } from "../gate/tab-failure";
import { useHub } from "../hub-context";
import { ErrorDetails } from "./error-details";
import { ErrorDialogs, type Question } from "./error-dialogs";
import { FilterBar, impactTabs, isNarrowed, NO_CHOICES, type Choices } from "./error-filter";
import { ErrorList, type ErrorRow } from "./error-list";
import { useErrors, type ErrorsList } from "./use-errors";

const CAUSE = "cause/";

/** Everything that stopped, and what to do about it. The address says which error or group is open. */
export function ErrorsTab({ detail }: { readonly detail: string }) {
  const { call, go, onErrorsChanged } = useHub();
  const api = useMemo(() => new ErrorsApi(call), [call]);
  const [choices, setChoices] = useState(NO_CHOICES);
  const back = useCallback(() => go("errors"), [go]);
  const cause = detail.startsWith(CAUSE) ? detail.slice(CAUSE.length) : "";
  if (detail !== "" && cause === "") {
    return <ErrorDetails key={detail} api={api} id={detail} onBack={back} onChanged={onErrorsChanged} />;
  }
  return (
    <div className="stack">
      {cause === "" ? (
        <p>Errors are grouped by their cause. What heals closes by itself and stays in the history for 30 days.</p>
      ) : (
        <div>
          <Button kind="subtle" icon="back" onClick={back}>
            Back to errors
          </Button>
        </div>
      )}
      <Listing key={cause} api={api} cause={cause} choices={choices} onChoose={setChoices} />
    </div>
  );
}

interface ListingProps {
  readonly api: ErrorsApi;
  readonly cause: string;
  readonly choices: Choices;
  readonly onChoose: (choices: Choices) => void;
}

function Listing({ api, cause, choices, onChoose }: ListingProps) {
  const { organization } = useHub();
  const list = useErrors(api, choices, cause);
  const { counts, paged, filter, total } = list;
  if (paged.error?.code === "administrator_required" || (paged.page === null && paged.error !== null)) {
    return <TabFailure error={paged.error} organizationName={organization.name} onRetry={paged.reload} />;
  }
  const choose = (changed: Choices): void => {
    list.forgetOutcome();
    onChoose(changed);
  };
  const first = paged.page?.items[0];
  return (
    <div className="card errors">
      <Pivot
        label="Impact"
        tabs={impactTabs(counts)}
        chosen={choices.impact}
        onChoose={(key) => choose({ ...choices, impact: key as Choices["impact"] })}
      >
        <FilterBar choices={choices} counts={counts} onChange={choose} />
        <div className="row">
          <Button
            icon="refresh"
            isDisabled={choices.status !== "open" || total === 0}
            onClick={() => list.ask({ kind: "retry-all", filter, total })}
          >
            Retry all
          </Button>
          {cause !== "" && first !== undefined && choices.status === "open" && (
            <Button icon="check" onClick={() => list.ask(groupQuestion(first, filter, total))}>
              Resolve all
            </Button>
          )}
        </div>
        <div role="status">
          {list.outcome !== "" && (
            <Message kind="success" isAnnounced={false}>
              {list.outcome}
            </Message>
          )}
        </div>
        {list.retry.error !== null && <Failure error={list.retry.error} />}
        <OutOfDate error={paged.error} onRetry={paged.reload} />
        <Rows list={list} choices={choices} onClear={() => choose({ ...NO_CHOICES, status: choices.status })} />
      </Pivot>
      <ErrorDialogs api={api} question={list.question} onClose={list.drop} onDone={list.finish} />
    </div>
  );
}

interface RowsProps {
  readonly list: ErrorsList;
  readonly choices: Choices;
  readonly onClear: () => void;
}

function Rows({ list, choices, onClear }: RowsProps) {
  const { go } = useHub();
  const { paged, filter } = list;
  if (paged.page === null) return <Skeleton lines={8} label="Loading the errors" />;
  if (paged.page.total === 0) return <Nothing choices={choices} onClear={onClear} />;
  const open = ({ records, sample }: ErrorRow): void =>
    go(records > 1 ? `errors/${CAUSE}${encodeURIComponent(sample.cause)}` : `errors/${encodeURIComponent(sample.id)}`);
  return (
    <>
      <ErrorList
        rows={paged.page.items}
        order={list.order}
        isBusy={list.retry.isRunning}
        onSort={list.sort}
        onOpen={open}
        onOpenConnection={(id) => go(`connections/${encodeURIComponent(id)}`)}
        onRetry={(row) => list.retry.start(row)}
        onResolve={(row) => list.ask(resolveQuestion(row, filter))}
      />
      <Pager paged={paged} noun={list.isGrouped ? "causes" : "errors"} />
    </>
  );
}

function Nothing({ choices, onClear }: { readonly choices: Choices; readonly onClear: () => void }) {
  if (isNarrowed(choices)) {
    return (
      <EmptyState title="No error matches.">
        <Button onClick={onClear}>Clear the filter</Button>
      </EmptyState>
    );
  }
  if (choices.status === "history") {
    return (
      <EmptyState title="The history is empty.">
        <p className="quiet">Errors that are over stay here for 30 days.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing needs you.">
      <p className="quiet">There is no open error. What fails shows up here by itself.</p>
    </EmptyState>
  );
}

function resolveQuestion(row: ErrorRow, filter: ErrorFilter): Question {
  if (row.records === 1) return { kind: "resolve", error: row.sample };
  return groupQuestion(row, filter, row.records);
}

function groupQuestion({ sample }: ErrorRow, filter: ErrorFilter, total: number): Question {
  return { kind: "resolve-group", sample, filter: { ...filter, cause: sample.cause }, total };
}
