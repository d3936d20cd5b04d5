import { button, element } from "./markup.js";

const COMMANDS = [
  ["Bold", "bold"],
  ["Italic", "italic"],
  ["Bulleted list", "insertUnorderedList"],
  ["Numbered list", "insertOrderedList"],
];

/** Text with formats: edited as it looks or as its HTML source, or as Markdown. */
export class RichText {
  #label;
  #isSmall;
  #isReadOnly;
  #onInput;
  #upload;
  #value = "";
  #format = "html";
  #showsSource = false;
  #field = null;

  /** `upload` stores a picture and resolves to its address; without it pictures can't be put in. */
  constructor({ label, isSmall = false, isReadOnly = false, onInput = () => {}, upload = null }) {
    this.#label = label;
    this.#isSmall = isSmall;
    this.#isReadOnly = isReadOnly;
    this.#onInput = onInput;
    this.#upload = upload;
    this.root = element("div", { class: "editor" });
  }

  get value() {
    return this.#value;
  }

  get format() {
    return this.#format;
  }

  /** Shows a text. The one that is shown already is left alone, so that the cursor stays where it is. */
  show(value, format) {
    if (this.#field && value === this.#value && format === this.#format) return;
    this.#value = value;
    this.#format = format;
    this.#draw();
  }

  focus() {
    this.#field?.focus();
  }

  #draw() {
    const isSource = this.#format === "markdown" || this.#showsSource;
    if (this.#isReadOnly) this.#field = this.#drawReading();
    else this.#field = isSource ? this.#drawSource() : this.#drawLook();
    this.root.replaceChildren(...(this.#isReadOnly ? [] : [this.#drawTools(isSource)]), this.#field);
  }

  #drawReading() {
    const shown = element("div", { class: "rich read-only", role: "group", "aria-label": this.#label });
    if (this.#format === "markdown") shown.textContent = this.#value;
    else shown.innerHTML = this.#value;
    return shown;
  }

  #drawSource() {
    const field = element("textarea", { class: this.#class(), "aria-label": this.#label, rows: this.#isSmall ? 3 : 8 });
    field.value = this.#value;
    field.addEventListener("input", () => this.#take(field.value));
    return field;
  }

  #drawLook() {
    const field = element("div", {
      class: this.#class(),
      contenteditable: "true",
      role: "textbox",
      "aria-multiline": "true",
      "aria-label": this.#label,
    });
    // The page's content security policy keeps scripts in it from running.
    field.innerHTML = this.#value;
    field.addEventListener("input", () => this.#take(field.innerHTML));
    return field;
  }

  #drawTools(isSource) {
    const tools = element("div", { class: "editor-tools", role: "group", "aria-label": `Format of ${this.#label}` });
    if (this.#format === "markdown") {
      tools.append(element("span", { class: "quiet" }, "Markdown"));
      return tools;
    }
    if (!isSource) {
      for (const [text, command] of COMMANDS) tools.append(this.#command(text, command));
      if (this.#upload) tools.append(this.#pictureChoice());
    }
    const source = button("HTML source", () => {
      this.#showsSource = !this.#showsSource;
      this.#draw();
      this.#field.focus();
    }, { "aria-pressed": String(isSource), class: "button subtle" });
    tools.append(source);
    return tools;
  }

  #command(text, command) {
    const tool = button(text, () => {
      this.#field.focus();
      document.execCommand(command);
    }, { class: "button subtle" });
    // A click must not take the selection away from the text.
    tool.addEventListener("mousedown", (event) => event.preventDefault());
    return tool;
  }

  #pictureChoice() {
    const choice = element("input", { type: "file", accept: "image/*", "aria-label": `Picture for ${this.#label}` });
    choice.addEventListener("change", async () => {
      const [file] = choice.files;
      if (!file) return;
      const url = await this.#upload(file);
      this.#field.append(element("img", { src: url, alt: file.name }));
      this.#take(this.#field.innerHTML);
    });
    return element("label", { class: "button subtle file-choice" }, "Picture", choice);
  }

  #take(value) {
    this.#value = value;
    this.#onInput(value);
  }

  #class() {
    return this.#isSmall ? "rich small" : "rich";
  }
}
