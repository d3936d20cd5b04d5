import { useCallback, useMemo, useState } from "react";

import type { ErrorCounts, ErrorFilter, ErrorsApi, ErrorSort } from "../../common/api/errors-api";
import type { SortOrder } from "../../shared-ui/components/data-table";
import { useAction, type Action } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { usePages, type Paged } from "../../shared-ui/hooks/use-pages";
import { useHub } from "../hub-context";
import type { Question } from "./error-dialogs";
import { toFilter, type Choices } from "./error-filter";
import { rowOfError, rowOfGroup, type ErrorRow } from "./error-list";

const INTERVAL_MILLISECONDS = 10_000;
const NEWEST_FIRST: SortOrder = { column: "time", isDescending: true };

export interface ErrorsList {
  readonly filter: ErrorFilter;
  readonly isGrouped: boolean;
  readonly paged: Paged<ErrorRow>;
  readonly counts: ErrorCounts | null;
  /** How many errors match. */
  readonly total: number;
  readonly order: SortOrder;
  readonly sort: (order: SortOrder) => void;
  readonly retry: Action<[ErrorRow]>;
  readonly question: Question | null;
  readonly ask: (question: Question) => void;
  readonly drop: () => void;
  /** What was asked about is done; in words. */
  readonly finish: (outcome: string) => void;
  readonly outcome: string;
  readonly forgetOutcome: () => void;
}

/** The list as it was chosen, followed while it is open, and what is done to it. */
export function useErrors(api: ErrorsApi, choices: Choices, cause: string): ErrorsList {
  const { onErrorsChanged } = useHub();
  const [order, sort] = useState(NEWEST_FIRST);
  const [question, setQuestion] = useState<Question | null>(null);
  const [outcome, setOutcome] = useState("");
  const filter = useMemo(() => toFilter(choices, cause), [choices, cause]);
  const isGrouped = choices.isGrouped && cause === "";
  const paged = usePages(useLoad(api, filter, order, isGrouped), INTERVAL_MILLISECONDS);
  const count = useCallback((signal: AbortSignal) => api.count(filter, signal), [api, filter]);
  const counts = useLive(count, INTERVAL_MILLISECONDS);
  const finish = (said: string): void => {
    setQuestion(null);
    setOutcome(said);
    paged.reload();
    counts.reload();
    onErrorsChanged();
  };
  const retry = useAction(async ({ records, sample }: ErrorRow) => {
    if (records > 1) await api.retryAll({ ...filter, cause: sample.cause });
    else await api.retry(sample.id);
    finish(records > 1 ? "They are being tried again." : "It is being tried again.");
  });
  return {
    filter,
    isGrouped,
    paged,
    counts: counts.value,
    total: totalOf(counts.value, filter),
    order,
    sort,
    retry,
    question,
    ask: setQuestion,
    drop: () => setQuestion(null),
    finish,
    outcome,
    forgetOutcome: () => setOutcome(""),
  };
}

function totalOf(counts: ErrorCounts | null, { impact }: ErrorFilter): number {
  if (counts === null) return 0;
  return impact === undefined ? counts.total : counts.impacts[impact];
}

function useLoad(api: ErrorsApi, filter: ErrorFilter, order: SortOrder, isGrouped: boolean) {
  const sort = `${order.isDescending ? "-" : ""}${order.column}` as ErrorSort;
  return useCallback(
    async (after: string | null, signal: AbortSignal) => {
      if (!isGrouped) {
        const page = await api.list(filter, sort, after, signal);
        return { ...page, items: page.items.map(rowOfError) };
      }
      const page = await api.listGroups(filter, sort, after, signal);
      return { ...page, items: page.items.map(rowOfGroup) };
    },
    [api, filter, sort, isGrouped],
  );
}
