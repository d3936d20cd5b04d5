import { useCallback } from "react";

import type { Trace, TwinsApi } from "../../common/api/twins-api";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Failure } from "../../shared-ui/components/failure";
import { Pager } from "../../shared-ui/components/pager";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { usePages } from "../../shared-ui/hooks/use-pages";

const KINDS: Readonly<Record<Trace["kind"], string>> = { comment: "Comment", attachment: "File", image: "Picture in a text" };

const COLUMNS: readonly Column<Trace>[] = [
  { key: "kind", title: "Kind", render: ({ kind }) => KINDS[kind] },
  { key: "name", title: "Author or name", render: ({ name }) => <bdi className="break">{name === "" ? "unknown" : name}</bdi> },
  { key: "origin", title: "Made", render: ({ is_local: isLocal }) => (isLocal ? "here" : "on the other side") },
  { key: "local_id", title: "Local id", render: ({ local_id: id }) => <code className="break">{id === "" ? "not linked" : id}</code> },
  { key: "key", title: "Key", render: ({ key }) => <code className="break">{key}</code> },
  { key: "state", title: "State", render: ({ is_deleted: isDeleted }) => (isDeleted ? "Removed" : "There") },
];

/** Which comment or file here stands for which one there. */
export function TracesSection({ api, id }: { readonly api: TwinsApi; readonly id: string }) {
  const load = useCallback((after: string | null, signal: AbortSignal) => api.listTraces(id, after, signal), [api, id]);
  const paged = usePages(load, null);
  const { page, error, reload } = paged;
  if (error !== null && page === null) return <Failure error={error} onRetry={reload} />;
  if (page === null) return <Skeleton lines={4} label="Loading comments and files" />;
  if (page.total === 0) return <p className="quiet">Neither comments nor files have been exchanged.</p>;
  return (
    <>
      <DataTable label="Comments and files" columns={COLUMNS} rows={page.items} keyOf={(trace) => `${trace.kind} ${trace.key}`} />
      <Pager paged={paged} noun="comments and files" />
    </>
  );
}
