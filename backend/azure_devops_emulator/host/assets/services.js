// The services of Azure DevOps that a framed page may ask for, by id and with the methods of their published interfaces.
import { openMessage, openPage } from "./dialogs.js";
import { addBanner, addToast, closeBanner } from "./messages.js";
import { pageData } from "./page-data.js";
import { extensionData } from "./extension-data.js";

const location = {
  getServiceLocation: () => `${pageData.organization.url}/`,
  getResourceAreaLocation: () => `${pageData.organization.url}/`,
  routeUrl: (route, values = {}) => {
    const parts = [route, ...Object.values(values).map(encodeURIComponent)];
    return `${pageData.organization.url}/${parts.join("/")}`;
  },
};

const navigation = {
  getHash: () => readHash(),
  setHash: (hash) => {
    window.location.hash = hash;
  },
  replaceHash: (hash) => {
    window.history.replaceState(null, "", `#${hash}`);
  },
  onHashChanged: (callback) => {
    window.addEventListener("hashchange", () => callback(readHash()));
  },
  getQueryParams: () => Object.fromEntries(new URLSearchParams(window.location.search)),
  setQueryParams: (parameters) => {
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(parameters)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    window.history.replaceState(null, "", `?${query}${window.location.hash}`);
  },
  getPageNavigationElements: () => [],
  getPageRoute: () => ({ id: "ms.vss-admin-web.collection-admin-hub-route", routeValues: {} }),
  navigate: (url) => openInside(url),
  openNewWindow: (url, features) => {
    if (isWeb(url)) window.open(url, "_blank", `noopener,${features ?? ""}`);
  },
  reload: () => window.location.reload(),
  setDocumentTitle: (title) => {
    document.title = title;
  },
};

const layout = {
  openMessageDialog: (message, options) => openMessage(message, options),
  openCustomDialog: (contributionId, options) => openPage(contributionId, options, { isPanel: false, services }),
  openPanel: (contributionId, options) => openPage(contributionId, options, { isPanel: true, services }),
  getFullScreenMode: () => document.body.classList.contains("full-screen"),
  setFullScreenMode: (isFull) => {
    document.body.classList.toggle("full-screen", Boolean(isFull));
  },
};

const messages = {
  addToast,
  addBanner,
  closeBanner,
  addDialog: (dialog) =>
    openMessage(dialog.message ?? "", {
      title: dialog.title,
      okText: dialog.primaryButton?.text,
      onClose: (isConfirmed) => (isConfirmed ? dialog.onPrimaryClick?.() : dialog.onDismiss?.()),
    }),
};

const pageService = { getProject: () => pageData.project ?? undefined };

const workItemNavigation = {
  openWorkItem: (id, inNewTab) => {
    const address = `${pageData.base}/_workitems/edit/${Number(id)}`;
    if (inNewTab) window.open(address, "_blank", "noopener");
    else window.location.assign(address);
  },
  openNewWorkItem: (type) => {
    const project = pageData.project ?? pageData.projects[0];
    const path = `${encodeURIComponent(project.name)}/_workitems/create/${encodeURIComponent(type)}`;
    window.location.assign(`${pageData.base}/${path}`);
  },
};

/** The services that every page of an extension may use. */
export const services = {
  "ms.vss-features.location-service": location,
  "ms.vss-features.host-navigation-service": navigation,
  "ms.vss-features.host-page-layout-service": layout,
  "ms.vss-tfs-web.tfs-global-messages-service": messages,
  "ms.vss-tfs-web.tfs-page-data-service": pageService,
  "ms.vss-features.extension-data-service": extensionData,
  "ms.vss-work-web.work-item-form-navigation-service": workItemNavigation,
};

function readHash() {
  return decodeURIComponent(window.location.hash.slice(1));
}

function isWeb(url) {
  return ["http:", "https:"].includes(new URL(url, window.location.href).protocol);
}

function openInside(url) {
  if (isWeb(url)) window.location.assign(url);
}
