import type { CheckedFile, CheckedRow, Verdict } from "../../common/api/bulk-connect-api";
import { count } from "../../common/times";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Message } from "../../shared-ui/components/message";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  ok: "OK",
  malformed: "Not readable",
  duplicate: "Duplicate",
  not_found: "Not found",
  already_synced: "Already synced",
  out_of_scope: "Out of scope",
};
const DELIMITERS: Readonly<Record<string, string>> = { ",": "comma", ";": "semicolon", "\t": "tab" };

const COLUMNS: readonly Column<CheckedRow>[] = [
  { key: "line", title: "Line", className: "unbroken", render: ({ line }) => line.toLocaleString() },
  { key: "local", title: "Local", render: ({ local_work_item_id: id }) => id ?? "" },
  { key: "remote", title: "Remote", render: ({ remote_work_item_id: id }) => id ?? "" },
  { key: "verdict", title: "Verdict", className: "unbroken", render: ({ verdict }) => VERDICTS[verdict] },
  {
    key: "reason",
    title: "Reason",
    render: ({ reason }) => (
      <span dir="auto" className="break">
        {reason}
      </span>
    ),
  },
];

/** What a file says, and what stands against its lines. */
export function CheckResult({ checked }: { readonly checked: CheckedFile }) {
  const { counts, total, problems, encoding, delimiter } = checked;
  const good = counts.ok ?? 0;
  const wrong = total - good;
  return (
    <section className="stack" aria-label="Check of the file">
      <p className="quiet small">
        Read as {encoding} with {DELIMITERS[delimiter] ?? delimiter} between the columns: {count(total, "row")}.
      </p>
      <Message kind={wrong === 0 ? "success" : "warning"} isAnnounced>
        <strong>{describe(good, total)}</strong>
        {wrong > 0 && <p>{listCounts(counts)}</p>}
        {good > 0 && (
          <p>
            Your side was checked, nothing was connected yet. The work items of the other side are checked there while
            they are connected; what is refused is named in the result.
          </p>
        )}
      </Message>
      {problems.length > 0 && (
        <>
          <h3>Rows that can&rsquo;t be connected</h3>
          <div className="check-rows" tabIndex={0} role="region" aria-label="Rows that can't be connected">
            <DataTable label="Wrong rows" columns={COLUMNS} rows={problems} keyOf={({ line }) => String(line)} />
          </div>
          {wrong > problems.length && (
            <p className="quiet small">
              These are the first {problems.length.toLocaleString()} of {wrong.toLocaleString()}.
            </p>
          )}
        </>
      )}
    </section>
  );
}

function describe(good: number, total: number): string {
  if (good === 0) return "No row can be connected.";
  if (good === total) return total === 1 ? "The row can be connected." : `All ${total.toLocaleString()} rows can be connected.`;
  return `${good.toLocaleString()} of ${total.toLocaleString()} rows can be connected.`;
}

function listCounts(counts: CheckedFile["counts"]): string {
  const shown = (Object.keys(VERDICTS) as Verdict[]).filter((verdict) => verdict !== "ok" && (counts[verdict] ?? 0) > 0);
  return shown.map((verdict) => `${VERDICTS[verdict]}: ${(counts[verdict] ?? 0).toLocaleString()}`).join(" · ");
}
