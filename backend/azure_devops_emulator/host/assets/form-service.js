import { callRest } from "./rest.js";
import { plain, TYPE } from "./work-item.js";

/** The work item form as a framed page of an extension sees it (IWorkItemFormService). */
export function makeFormService(item, { isReadOnly, setError, clearError }) {
  const read = (name, options) => {
    const original = options === true || options?.returnOriginalValue;
    return original ? item.savedValue(name) : item.value(name);
  };
  const write = (name, value) => {
    if (isReadOnly()) return false;
    item.edit(name, value ?? "");
    return true;
  };
  return {
    hasActiveWorkItem: () => true,
    isAvailable: () => true,
    getId: () => item.id,
    getRevision: () => item.rev,
    isNew: () => item.isNew,
    isDirty: () => item.isDirty,
    isReadOnly: () => isReadOnly(),
    isValid: () => Boolean(item.value("System.Title")),
    getFields: async () => (await callRest("GET", `${typePath(item)}/fields`)).value,
    getFieldValue: read,
    getFieldValues: (names, options) => Object.fromEntries(names.map((name) => [name, read(name, options)])),
    setFieldValue: write,
    setFieldValues: (values) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, write(name, value)])),
    getDirtyFields: () => [...item.edits.keys()].map((referenceName) => ({ referenceName })),
    getInvalidFields: () => (item.value("System.Title") ? [] : [{ referenceName: "System.Title" }]),
    getWorkItemRelations: () => item.relations,
    getWorkItemResourceUrl: (id) => `${item.path}/${id}`,
    save: () => item.save(),
    refresh: () => item.refresh(),
    reset: () => item.reset(),
    setError,
    clearError,
  };
}

/** The events that a registered object gets, with what they say. */
export function forwardEvents(item, frame) {
  const id = () => ({ id: item.id });
  item.addEventListener("edited", ({ detail }) => {
    const changedFields = Object.fromEntries(Object.entries(detail.changes).map(([name, value]) => [name, plain(value)]));
    void frame.notify("onFieldChanged", { ...id(), changedFields });
  });
  for (const [name, method] of [["saved", "onSaved"], ["refreshed", "onRefreshed"], ["reset", "onReset"]]) {
    item.addEventListener(name, () => void frame.notify(method, id()));
  }
  window.addEventListener("pagehide", () => void frame.notify("onUnloaded", id()));
}

function typePath(item) {
  return `${encodeURIComponent(item.project.name)}/_apis/wit/workitemtypes/${encodeURIComponent(item.value(TYPE))}`;
}
