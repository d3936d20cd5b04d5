import type { GraveError } from "../../common/api/errors-api";

const KEY = "adnode-dismissed-error";

/** Until which error the notice was dismissed. Where the frame has no storage it lasts until the page is left. */
export function readDismissal(storage: () => Storage = () => window.localStorage): string {
  try {
    return storage().getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

export function keepDismissal(error: GraveError, storage: () => Storage = () => window.localStorage): void {
  try {
    storage().setItem(KEY, error.opened_at);
  } catch {
    // A sandboxed frame has no storage.
  }
}

/** Whether the error is newer than what was dismissed. */
export function isNews(error: GraveError | null, dismissedUntil: string): error is GraveError {
  return error !== null && error.opened_at > dismissedUntil;
}
