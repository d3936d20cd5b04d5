import { useState } from "react";

import { toApiError, type ApiError } from "../../common/api/api-error";
import type { AuditEntry, Connection } from "../../common/api/types";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { useHub } from "../hub-context";
import { describeAction, describeDetails } from "./audit-words";

interface Loaded {
  readonly entries: readonly AuditEntry[];
  readonly next: string | null;
}

/** Who did what to the connection, and when; loaded when somebody asks for it. */
export function AuditTrail({ connection }: { readonly connection: Connection }) {
  const { loaded, error, isLoading, load } = useAudit(connection.id);
  const [isOpen, setOpen] = useState(false);
  const toggle = (): void => {
    if (!isOpen) load(false);
    setOpen(!isOpen);
  };
  return (
    <section className="stack-small" aria-label="Audit trail">
      <div>
        <Button kind="subtle" icon="chevron" isExpanded={isOpen} onClick={toggle}>
          Audit trail
        </Button>
      </div>
      {isOpen && (
        <>
          {loaded !== null && <Entries entries={loaded.entries} />}
          {error !== null && <Failure error={error} onRetry={() => load(loaded !== null)} />}
          {isLoading && <Skeleton lines={3} label="Loading the audit trail" />}
          {loaded !== null && loaded.next !== null && !isLoading && (
            <div>
              <Button onClick={() => load(true)}>Show more</Button>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Entries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  if (entries.length === 0) return <p className="quiet">Nothing was recorded yet.</p>;
  return (
    <ul className="stack-small">
      {entries.map((entry) => (
        <li key={entry.id}>
          <div>
            <strong>{describeAction(entry.action)}</strong> by <bdi>{entry.user_name}</bdi>
          </div>
          <div className="quiet small">
            {formatMoment(entry.at)}
            {describeDetails(entry.details).map((detail) => (
              <span key={detail} dir="auto">
                {" · "}
                {detail}
              </span>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

function useAudit(connectionId: string) {
  const { api } = useHub();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [isLoading, setLoading] = useState(false);
  const load = (isFurther: boolean): void => {
    setLoading(true);
    setError(null);
    const known = isFurther ? (loaded?.entries ?? []) : [];
    api
      .listAudit(connectionId, isFurther ? (loaded?.next ?? null) : null)
      .then((page) => setLoaded({ entries: [...known, ...page.items], next: page.next }))
      .catch((thrown: unknown) => setError(toApiError(thrown)))
      .finally(() => setLoading(false));
  };
  return { loaded, error, isLoading, load };
}
