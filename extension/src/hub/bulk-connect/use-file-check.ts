import { useEffect, useState } from "react";

import { ApiError, pageError, toApiError } from "../../common/api/api-error";
import { FILE_LIMIT_BYTES, type BulkConnectApi, type CheckedFile } from "../../common/api/bulk-connect-api";
import { isAbort } from "../../common/api/call";

export interface FileCheck {
  readonly checked: CheckedFile | null;
  readonly error: ApiError | null;
  readonly isChecking: boolean;
  /** Counts the checks; another one has another result. */
  readonly attempt: number;
  readonly retry: () => void;
}

interface Asked {
  readonly connectionId: string;
  readonly file: File;
  readonly attempt: number;
}

interface Found extends Asked {
  readonly checked: CheckedFile | null;
  readonly error: ApiError | null;
}

/** Checks a file as soon as it is chosen, and again for another connection. One that is too large is not even sent. */
export function useFileCheck(api: BulkConnectApi, connectionId: string, file: File | null): FileCheck {
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    if (file === null || connectionId === "") return;
    const asked: Asked = { connectionId, file, attempt };
    const request = new AbortController();
    check(api, asked, request.signal).then(
      (checked) => setFound({ ...asked, checked, error: null }),
      (thrown: unknown) => {
        if (!isAbort(thrown)) setFound({ ...asked, checked: null, error: toApiError(thrown) });
      },
    );
    return () => request.abort();
  }, [api, connectionId, file, attempt]);
  const isCurrent = found !== null && found.file === file && found.connectionId === connectionId && found.attempt === attempt;
  return {
    checked: isCurrent ? found.checked : null,
    error: isCurrent ? found.error : null,
    isChecking: file !== null && !isCurrent,
    attempt,
    retry: () => setAttempt((count) => count + 1),
  };
}

async function check(api: BulkConnectApi, { connectionId, file }: Asked, signal: AbortSignal): Promise<CheckedFile> {
  if (file.size > FILE_LIMIT_BYTES) throw tooLarge(file);
  return api.check(connectionId, file, signal);
}

function tooLarge(file: File): ApiError {
  const megabytes = (file.size / 1024 / 1024).toLocaleString(undefined, { maximumFractionDigits: 1 });
  const detail = `${file.name} has ${megabytes} MB; files of pairs may have 2 MB. Cut the file into smaller ones.`;
  return new ApiError({ ...pageError("unreadable").problem, code: "too_large", status: 413, detail });
}
