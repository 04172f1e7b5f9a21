// A searchable picker over a native <select data-combo>: the select stays the form's value, options may come from a URL.
import { $, $$, debounce, el, icon, say, word } from "./dom.js";
import { send } from "./http.js";
import { place } from "./popover.js";

let serial = 0;
// The picker whose list is open.
let shown = null;

/** Without case and accents, as somebody types who looks for something. */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss").trim();

class Combo {
  constructor(select) {
    this.select = select;
    this.many = select.multiple;
    this.url = select.dataset.url ?? "";
    this.id = `combo-${++serial}`;
    this.found = [];
    this.at = -1;
    // Whether something was typed that the list does not answer yet, and whether Enter was pressed meanwhile.
    this.isBehind = this.takesFirst = this.sends = false;
    this.build();
    this.showChosen();
  }

  build() {
    const { select } = this;
    const name = select.getAttribute("aria-label") ?? $(`label[for="${CSS.escape(select.id)}"]`)?.textContent.trim() ?? "";
    this.input = el("input", {
      class: "combo-in", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", id: select.id ? `${select.id}-combo` : null,
      "aria-label": name, "aria-expanded": "false", "aria-controls": this.id, "aria-autocomplete": "list", "aria-invalid": select.getAttribute("aria-invalid"),
      "aria-describedby": select.getAttribute("aria-describedby"), ".disabled": select.disabled, placeholder: select.dataset.placeholder ?? word("choose"),
    });
    this.chips = el("span", { class: "combo-chips" });
    this.clear = el("button", { class: "combo-x", type: "button", "aria-label": word("remove"), hidden: true, onclick: () => this.empty() }, icon("x", "ic-sm"));
    this.box = el("div", { class: `combo form-control ${select.classList.contains("wrong") ? "wrong" : ""}` }, this.chips, this.input, this.clear, icon("chevron-down", "ic-sm combo-v"));
    this.listbox = el("div", { class: "pop menu combo-pop", id: this.id, role: "listbox", popover: "manual", "aria-multiselectable": this.many ? "true" : null });
    select.hidden = true;
    select.after(this.box, this.listbox);
    this.listen();
  }

  listen() {
    const ask = this.url ? debounce(() => this.fetchOptions(), 180) : () => this.fetchOptions();
    this.input.addEventListener("input", () => { this.isBehind = true; this.open(); ask(); });
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    this.box.addEventListener("mousedown", (event) => {
      if (event.target === this.input || event.target.closest("button")) return;
      event.preventDefault();
      this.input.focus();
      this.open();
    });
    this.listbox.addEventListener("mousedown", (event) => event.preventDefault());
    this.listbox.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.found[Number(option.dataset.index)]);
    });
    this.select.addEventListener("combo:refresh", () => this.showChosen());
    $(`label[for="${CSS.escape(this.select.id || "-")}"]`)?.addEventListener("click", (event) => { event.preventDefault(); this.input.focus(); });
  }

  chosen() {
    return [...this.select.selectedOptions].filter((option) => option.value !== "");
  }

  showChosen() {
    const chosen = this.chosen();
    this.chips.replaceChildren(...(this.many ? chosen.map((option) => this.chip(option)) : []));
    if (!this.many) this.input.value = chosen[0]?.textContent.trim() ?? "";
    this.clear.hidden = this.many || !chosen.length || this.select.required;
    this.input.placeholder = this.many && chosen.length ? "" : this.select.dataset.placeholder ?? word("choose");
  }

  chip(option) {
    const drop = el("button", { type: "button", "aria-label": `${word("remove")} ${option.textContent.trim()}`, tabindex: "-1", onclick: () => { option.selected = false; this.changed(); } }, icon("x", "ic-sm"));
    return el("span", { class: "combo-chip" }, option.textContent.trim(), drop);
  }

  async fetchOptions() {
    const typed = this.many || this.input.value !== (this.chosen()[0]?.textContent.trim() ?? "") ? this.input.value.trim() : "";
    const sought = this.input.value;
    if (this.url) this.found = await this.fromServer(typed);
    else this.found = this.fromSelect(typed);
    if (this.input.value === sought) this.isBehind = false;
    if (this.select.dataset.create !== undefined && typed && !this.found.some((one) => one.label.toLowerCase() === typed.toLowerCase())) {
      this.found.push({ value: typed, label: word("create", { text: typed }), text: typed });
    }
    // Who only opens the list stands at what is chosen, and Enter changes nothing; of several nowhere, and Enter saves.
    const held = typed ? 0 : this.many ? -1 : Math.max(0, this.found.findIndex((one) => String(one.value) === this.chosen()[0]?.value));
    this.at = this.found.length ? held : -1;
    this.draw();
    if (this.takesFirst && !this.isBehind) {
      const { sends } = this;
      this.takesFirst = this.sends = false;
      this.choose(this.found[this.at]);
      if (sends) this.select.form?.requestSubmit();
    }
  }

  async fromServer(typed) {
    this.control?.abort();
    this.control = new AbortController();
    const url = new URL(this.url, location.href);
    url.searchParams.set("q", typed);
    const answer = await send(url, { signal: this.control.signal });
    if (answer.status === -1) return this.found;
    return answer.ok ? JSON.parse(answer.text).results ?? [] : [];
  }

  /** The options with all the words that were typed, in the label or the hint; what is or begins just so comes first. */
  fromSelect(typed) {
    const wanted = plain(typed);
    const found = [...this.select.options]
      .filter((option) => option.value !== "" && !option.disabled)
      .map((option) => ({ value: option.value, label: option.textContent.trim(), hint: option.dataset.hint ?? "" }))
      .filter((one) => wanted.split(/\s+/).every((part) => plain(`${one.label} ${one.hint}`).includes(part)));
    const rank = ({ label }) => (plain(label) === wanted ? 0 : plain(label).startsWith(wanted) ? 1 : 2);
    return wanted ? found.sort((one, other) => rank(one) - rank(other)) : found;
  }

  draw() {
    const taken = new Set(this.chosen().map((option) => option.value));
    this.listbox.replaceChildren(...this.found.map((one, index) => el("div", {
      role: "option", id: `${this.id}-${index}`, "data-index": index, class: index === this.at ? "is-on" : "", "aria-selected": String(taken.has(String(one.value))),
    }, el("span", { class: "grow clip" }, one.label), one.hint ? el("span", { class: "mute sm clip" }, one.hint) : null, taken.has(String(one.value)) ? icon("check", "ic-sm") : null)));
    if (!this.found.length) this.listbox.append(el("p", { class: "menu-none" }, word("nothing")));
    this.point();
    if (this.listbox.matches(":popover-open")) this.fit();
  }

  point() {
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
    $$("[role=option]", this.listbox).forEach((option, index) => option.classList.toggle("is-on", index === this.at));
    $(".is-on", this.listbox)?.scrollIntoView({ block: "nearest" });
  }

  fit() {
    this.listbox.style.minWidth = `${this.box.offsetWidth}px`;
    place(this.listbox, this.box);
  }

  open() {
    if (this.input.disabled || this.listbox.matches(":popover-open")) return;
    this.listbox.showPopover();
    shown = this;
    this.input.setAttribute("aria-expanded", "true");
    this.fit();
    this.fetchOptions();
  }

  close() {
    if (this.listbox.matches(":popover-open")) this.listbox.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
    if (this.many) this.input.value = "";
    else this.showChosen();
    this.isBehind = this.takesFirst = this.sends = false;
    if (shown === this) shown = null;
  }

  key(event) {
    const isOpen = this.listbox.matches(":popover-open");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return this.open();
      const all = this.found.length || 1;
      this.at = event.key === "ArrowDown" ? (this.at + 1) % all : (Math.max(this.at, 0) - 1 + all) % all;
      return this.point();
    }
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && isOpen && (this.at >= 0 || this.isBehind)) {
      event.preventDefault();
      event.stopPropagation();
      // The list is still that of fewer letters: what is found for all of them is taken once it is there.
      if (this.isBehind) this.takesFirst = true;
      else this.choose(this.found[this.at]);
      return undefined;
    }
    if (["Control", "Meta", "Shift", "Alt"].includes(event.key)) return undefined;
    if (event.key === "Enter" && this.takesFirst) {
      // The form is sent once what was typed is chosen.
      event.preventDefault();
      event.stopPropagation();
      this.sends = true;
      return undefined;
    }
    this.takesFirst = false;
    if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      return this.close();
    }
    if (event.key === "Backspace" && this.many && !this.input.value) {
      const last = this.chosen().at(-1);
      if (last) { last.selected = false; this.changed(); }
    }
    return undefined;
  }

  choose(one) {
    if (!one) return;
    const value = String(one.value);
    let option = [...this.select.options].find((each) => each.value === value);
    if (!option) {
      option = el("option", { value }, one.text ?? one.label);
      this.select.append(option);
    }
    option.selected = this.many ? !option.selected : true;
    if (this.many) this.input.value = "";
    this.changed();
    say(one.text ?? one.label);
    if (this.many) this.fetchOptions();
    else this.close();
  }

  empty() {
    for (const option of this.select.options) option.selected = option.value === "";
    if (this.select.selectedIndex > -1 && this.select.value !== "") this.select.selectedIndex = -1;
    this.changed();
    this.input.focus();
  }

  changed() {
    this.showChosen();
    this.select.dispatchEvent(new Event("input", { bubbles: true }));
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// A list stays with its field when what is around it scrolls, or a keyboard takes room.
const follow = (event) => { if (shown?.box.isConnected && event.target !== shown.listbox) shown.fit(); };
document.addEventListener("scroll", follow, { capture: true, passive: true });
visualViewport?.addEventListener("resize", follow);

const made = new WeakMap();

/** Turns `select` into a picker once. */
export function enhance(select) {
  if (!made.has(select)) made.set(select, new Combo(select));
  return made.get(select);
}

const scan = (root) => $$("select[data-combo]", root).forEach(enhance);
document.addEventListener("htmx:load", (event) => scan(event.detail.elt));
document.addEventListener("autocrm:inserted", (event) => scan(event.detail.root));
scan(document);
