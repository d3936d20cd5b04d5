import { useCallback, useEffect, useState } from "react";

import type { Navigation } from "../../common/host/host";
import { readRoute, type Route } from "./tabs";

/** Which tab is open, in step with the address of the page around; null until the address is known. */
export function useRoute(navigation: Navigation): { readonly route: Route | null; readonly go: (hash: string) => void } {
  const [hash, setHash] = useState<string | null>(null);
  useEffect(() => {
    let isGone = false;
    const stopListening = navigation.onHashChanged((changed) => setHash(changed));
    void navigation.getHash().then((found) => {
      if (!isGone) setHash((known) => known ?? found);
    });
    return () => {
      isGone = true;
      stopListening();
    };
  }, [navigation]);
  const go = useCallback(
    (wanted: string) => {
      navigation.setHash(wanted, false);
      setHash(wanted);
    },
    [navigation],
  );
  return { route: hash === null ? null : readRoute(hash), go };
}
