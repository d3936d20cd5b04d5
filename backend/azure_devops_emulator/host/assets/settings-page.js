import { ExtensionFrame } from "./extension-frame.js";
import { pageData } from "./page-data.js";
import { services } from "./services.js";

new ExtensionFrame(document.getElementById("hub-frame"), pageData.extension.hub, services);
