// What an extension stores with Azure DevOps; here it stays in the browser, per organization, extension and scope.
import { pageData } from "./page-data.js";

export const extensionData = {
  getExtensionDataManager: (extensionId) => makeManager(extensionId),
};

function makeManager(extensionId) {
  return {
    getValue: (name, options = {}) => readStore(storeKey(extensionId, "$values", options))[name] ?? options.defaultValue,
    setValue: (name, value, options = {}) => changeStore(storeKey(extensionId, "$values", options), (store) => {
      store[name] = value;
      return value;
    }),
    getDocuments: (collection, options = {}) => Object.values(readStore(storeKey(extensionId, collection, options))),
    getDocument: (collection, id, options = {}) => {
      const found = readStore(storeKey(extensionId, collection, options))[id];
      if (!found) throw new Error(`The document ${id} does not exist.`);
      return found;
    },
    createDocument: (collection, document, options) => write(extensionId, collection, document, options, "create"),
    setDocument: (collection, document, options) => write(extensionId, collection, document, options, "set"),
    updateDocument: (collection, document, options) => write(extensionId, collection, document, options, "update"),
    deleteDocument: (collection, id, options = {}) => changeStore(storeKey(extensionId, collection, options), (store) => {
      delete store[id];
    }),
  };
}

function write(extensionId, collection, document, options = {}, manner) {
  return changeStore(storeKey(extensionId, collection, options), (store) => {
    const id = document.id ?? crypto.randomUUID();
    const before = store[id];
    if (manner === "create" && before) throw new Error(`The document ${id} exists already.`);
    if (manner === "update" && !before) throw new Error(`The document ${id} does not exist.`);
    const tag = before?.__etag ?? 0;
    if (before && document.__etag !== undefined && document.__etag !== -1 && document.__etag !== tag) {
      throw new Error(`The document ${id} has changed meanwhile.`);
    }
    store[id] = { ...document, id, __etag: tag + 1 };
    return store[id];
  });
}

function storeKey(extensionId, collection, { scopeType = "Default" }) {
  const owner = scopeType === "User" ? pageData.user.id : "";
  return ["extension-data", pageData.organization.id, extensionId, scopeType, owner, collection].join("/");
}

function readStore(key) {
  return JSON.parse(localStorage.getItem(key) ?? "{}");
}

function changeStore(key, change) {
  const store = readStore(key);
  const result = change(store);
  localStorage.setItem(key, JSON.stringify(store));
  return result;
}
