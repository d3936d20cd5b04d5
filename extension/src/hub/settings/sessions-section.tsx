import { useCallback, useMemo } from "react";

import { SessionsApi, type LiveSession } from "../../common/api/sessions-api";
import { formatAgo, formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useNow } from "../../shared-ui/hooks/use-now";
import { useHub } from "../hub-context";

const POLL_MILLISECONDS = 15_000;

/** Names in what browsers say of themselves; the first that is there counts, because later ones name the earlier too. */
const BROWSERS = [
  ["Edg/", "Edge"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;

/** Who is signed in to these pages, and ending that. */
export function SessionsSection() {
  const { call } = useHub();
  const api = useMemo(() => new SessionsApi(call), [call]);
  const load = useCallback((signal: AbortSignal) => api.list(signal), [api]);
  const { value, error, reload } = useLive(load, POLL_MILLISECONDS);
  const end = useAction(async (session: LiveSession | null) => {
    await (session === null ? api.endOthers() : api.end(session.id)).finally(reload);
  });
  const now = useNow();
  const columns: readonly Column<LiveSession>[] = [
    { key: "who", title: "Who", render: ({ user, is_current: isMine }) => <Who name={user.name} isMine={isMine} /> },
    { key: "opened", title: "Signed in", render: ({ opened_at: at }) => formatMoment(at) },
    { key: "used", title: "Last used", render: ({ used_at: at }) => formatAgo(at, now) },
    { key: "from", title: "From", render: ({ browser, address }) => `${browserName(browser)}, ${address}` },
    {
      key: "end",
      title: "Actions",
      isTitleHidden: true,
      render: (session) => (
        <Button kind="link" isBusy={end.isRunning} onClick={() => end.start(session)}>
          Sign out <span className="only-read">{session.user.name}</span>
        </Button>
      ),
    },
  ];
  return (
    <section className="card stack" aria-label="Sessions">
      <h2>Sessions</h2>
      <p>
        Administrators who have this page open. Whoever is signed out can do nothing more here until they load the page anew;
        a right that is taken away in Azure DevOps ends a session within five minutes.
      </p>
      {error !== null && <Failure error={error} onRetry={reload} />}
      {end.error !== null && <Failure error={end.error} />}
      {value === null && error === null && <Skeleton lines={2} label="Loading the sessions" />}
      {value !== null && <DataTable label="Sessions" columns={columns} rows={value} keyOf={({ id }) => id} />}
      {value !== null && value.length > 1 && (
        <div>
          <Button isBusy={end.isRunning} onClick={() => end.start(null)}>
            Sign out all others
          </Button>
        </div>
      )}
    </section>
  );
}

function Who({ name, isMine }: { readonly name: string; readonly isMine: boolean }) {
  return (
    <>
      <bdi>{name}</bdi>
      {isMine && <span className="quiet"> (this page)</span>}
    </>
  );
}

function browserName(text: string): string {
  return BROWSERS.find(([sign]) => text.includes(sign))?.[1] ?? "another browser";
}
