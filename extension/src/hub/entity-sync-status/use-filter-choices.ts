import { useCallback } from "react";

import type { Connection } from "../../common/api/types";
import { useLive } from "../../shared-ui/hooks/use-live";
import { useHub } from "../hub-context";

const PROJECTS = 200;

interface FilterChoices {
  readonly connections: readonly Connection[];
  /** Empty where the node can't see any. */
  readonly projects: readonly string[];
}

/** What the list can be narrowed down to; a filter that can't be read is left out. */
export function useFilterChoices(): FilterChoices {
  const { api, organization } = useHub();
  const hasAccount = organization.credential !== null;
  const loadConnections = useCallback((signal: AbortSignal) => api.listConnections(signal), [api]);
  const loadProjects = useCallback(
    async (signal: AbortSignal) => (hasAccount ? (await api.listProjects("", PROJECTS, signal)).items : []),
    [api, hasAccount],
  );
  const connections = useLive(loadConnections, null).value ?? [];
  const projects = useLive(loadProjects, null).value ?? [];
  return {
    connections: connections.filter(({ status }) => status !== "pending"),
    projects: projects.map(({ name }) => name),
  };
}
