import type { Match, Preview } from "../../common/api/triggers-api";
import { fieldMessage } from "../../common/api/api-error";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Failure } from "../../shared-ui/components/failure";
import { Icon } from "../../shared-ui/components/icon";
import { Spinner } from "../../shared-ui/components/spinner";
import { describeMatching } from "./match-words";
import type { PreviewState } from "./use-preview";

const COLUMNS: readonly Column<Match>[] = [
  {
    key: "work_item",
    title: "Work item",
    render: ({ work_item_id: id, url }) => <ExternalLink url={url}>{id}</ExternalLink>,
  },
  { key: "type", title: "Type", render: ({ type }) => <bdi>{type}</bdi> },
  {
    key: "title",
    title: "Title",
    render: ({ title }) => (
      <span dir="auto" className="clamp">
        {title}
      </span>
    ),
  },
  { key: "state", title: "State", render: ({ state }) => <bdi>{state}</bdi> },
  {
    key: "sync",
    title: "Under sync",
    render: ({ is_under_sync: isUnderSync }) =>
      isUnderSync ? (
        <span className="status success">
          <Icon name="success" />
          Yes
        </span>
      ) : (
        "No"
      ),
  },
];

/** What the condition that is typed finds now. What is wrong with it stands below its field instead. */
export function PreviewSection({ state }: { readonly state: PreviewState }) {
  const { preview, error, isChecking, retry } = state;
  const isSaidAtField = fieldMessage(error, "condition") !== null || fieldMessage(error, "work_item_type") !== null;
  return (
    <section className="stack-small" aria-label="Preview">
      <h3>Preview</h3>
      <p role="status" className="preview-status">
        {isChecking && <Spinner />}
        {describe(state, isSaidAtField)}
      </p>
      {error !== null && !isSaidAtField && <Failure error={error} onRetry={retry} />}
      {error === null && preview !== null && preview.items.length > 0 && <Matches preview={preview} isBusy={isChecking} />}
    </section>
  );
}

function describe({ preview, error, isChecking }: PreviewState, isSaidAtField: boolean): string {
  if (isChecking) return "Asking Azure DevOps…";
  if (error !== null) return isSaidAtField ? "Nothing to show: the condition can't be used yet." : "";
  return preview === null ? "Work items that match are shown here." : describeMatching(preview);
}

function Matches({ preview, isBusy }: { readonly preview: Preview; readonly isBusy: boolean }) {
  const { items, matches, is_many: isMany } = preview;
  return (
    <>
      {isMany && (
        <p className="quiet small">
          Azure DevOps lists no more than that. The trigger works all the same, because it looks at what changes; Bulk
          Exalate needs a narrower condition.
        </p>
      )}
      <DataTable label="First matches" columns={COLUMNS} rows={items} keyOf={(item) => item.work_item_id} isBusy={isBusy} />
      {(matches === null || matches > items.length) && <p className="quiet small">The first {items.length} are shown.</p>}
    </>
  );
}
