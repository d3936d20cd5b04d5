import { toApiError } from "../common/api/api-error";

const PAUSE_MILLISECONDS = 2_000;

/**
 * Ends a pair as soon as the node lets it: while changes are still on their way it refuses, and is asked again. Returns
 * false when the person gave up waiting.
 */
export async function stopWhenThrough(
  stop: () => Promise<void>,
  isWanted: () => boolean,
  pauseMilliseconds = PAUSE_MILLISECONDS,
): Promise<boolean> {
  while (isWanted()) {
    try {
      await stop();
      return true;
    } catch (thrown) {
      if (toApiError(thrown).code !== "still_waiting") throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
  return false;
}
