import { Channel } from "./channel.js";
import { button, element } from "./markup.js";
import { pageData } from "./page-data.js";
import { ACCESS_TOKEN, APP_TOKEN, requestToken } from "./rest.js";
import { onThemeChanged, themeVariables } from "./themes.js";

// Azure DevOps Server frames pages of extensions like this: no allow-same-origin, so their origin is "null".
const SANDBOX = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";
const PATIENCE_MILLISECONDS = 15_000;
const ORGANIZATION_HOST = 4;

/** A page of the extension in a frame, with everything that Azure DevOps gives to it. */
export class ExtensionFrame {
  #place;
  #contributionId;
  #services;
  #configuration;
  #project;
  #onLoaded;
  #frame = null;
  #channel = null;
  #cover = null;
  #timer = null;

  /**
   * `services` are the host's services by id. `onLoaded` is called each time the page says that it is ready. `project` is
   * the one the page is in, null for an organization page.
   */
  constructor(place, contributionId, services, { configuration = {}, project = null, onLoaded = () => {} } = {}) {
    this.#place = place;
    this.#contributionId = contributionId;
    this.#services = services;
    this.#configuration = configuration;
    this.#project = project;
    this.#onLoaded = onLoaded;
    onThemeChanged(() => this.#sendTheme());
    this.open();
  }

  open() {
    this.close();
    const url = pageData.extension.pages[this.#contributionId];
    const isSandboxed = !pageData.organization.isHosted;
    this.#frame = element("iframe", {
      title: `${pageData.extension.title} (extension)`,
      sandbox: isSandboxed ? SANDBOX : null,
    });
    this.#cover = element("div", { class: "frame-cover", role: "status" }, element("span", { class: "spinner" }), "Loading…");
    this.#place.replaceChildren(this.#frame, this.#cover);
    // The listener first: the page's handshake can arrive at once.
    this.#channel = new Channel(this.#frame, isSandboxed ? "null" : new URL(url).origin, this.#objects());
    this.#timer = setTimeout(() => this.#showFailure(`The page at ${url} does not answer.`), PATIENCE_MILLISECONDS);
    this.#frame.src = url;
  }

  close() {
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#place.replaceChildren();
    this.#channel = null;
  }

  /** Tells the object that the page has registered under its contribution id. A page without it is none the worse. */
  async notify(methodName, event) {
    try {
      await this.#channel?.call(this.#contributionId, methodName, [event]);
    } catch (error) {
      console.info(`${this.#contributionId} did not take ${methodName}: ${error.message}`);
    }
  }

  #objects() {
    return {
      "DevOps.HostControl": {
        initialHandshake: (options) => this.#greet(options ?? {}),
        notifyLoadSucceeded: () => this.#uncover(),
        notifyLoadFailed: (error) => this.#showFailure(`The page could not be loaded: ${describe(error)}`),
        resize: (_width, height) => this.#resize(height),
        getAppToken: async () => ({ token: await requestToken(APP_TOKEN, pageData.extension) }),
        getAccessToken: async () => ({ token: await requestToken(ACCESS_TOKEN, pageData.extension) }),
      },
      "DevOps.ServiceManager": {
        // An unknown service resolves to nothing, as it can in Azure DevOps.
        getService: (id) => this.#services[id],
      },
    };
  }

  #greet({ loaded }) {
    clearTimeout(this.#timer);
    if (loaded !== false) this.#uncover();
    const { id, publisherId, extensionId, version, baseUri } = pageData.extension;
    const { organization, user } = pageData;
    return {
      contributionId: this.#contributionId,
      initialConfig: this.#configuration,
      themeData: themeVariables(),
      context: {
        extension: { id, publisherId, extensionId, version, baseUri },
        user,
        host: {
          id: organization.id,
          name: organization.name,
          serviceVersion: "Emulator",
          type: ORGANIZATION_HOST,
          isHosted: organization.isHosted,
        },
        pageContext: {
          globalization: { culture: navigator.language, timeZoneId: "UTC", timezoneOffset: 0 },
          timeZonesConfiguration: { daylightSavingsAdjustments: [] },
          webContext: this.#project ? { project: this.#project } : {},
        },
      },
    };
  }

  #sendTheme() {
    const detail = { data: themeVariables() };
    this.#channel?.call("DevOps.SdkClient", "dispatchEvent", ["themeChanged", { detail }]).catch(() => {});
  }

  #resize(height) {
    if (height > 0) this.#frame.style.height = `${Math.ceil(height)}px`;
  }

  #uncover() {
    this.#cover.hidden = true;
    this.#onLoaded();
  }

  #showFailure(text) {
    clearTimeout(this.#timer);
    this.#cover.hidden = false;
    this.#cover.replaceChildren(element("p", {}, text), button("Try again", () => this.open()));
  }
}

function describe(error) {
  return typeof error === "string" ? error : (error?.message ?? "it gave no reason");
}
