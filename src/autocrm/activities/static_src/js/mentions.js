// Naming somebody in rich text: @ opens the members, arrows choose, Enter or Tab takes. Kept as a span with the person's id.
import { $, $$, debounce, el } from "../../../ui/static_src/js/dom.js";
import { place } from "../../../ui/static_src/js/popover.js";

const LONGEST = 40;
let serial = 0;

/** The "@words" before the caret, as a range and its words; null where none begins there. */
function typedBefore(box) {
  const selection = getSelection();
  const node = selection.anchorNode;
  if (!selection.isCollapsed || node?.nodeType !== Node.TEXT_NODE || !box.contains(node) || node.parentElement.closest("[data-mention]")) return null;
  const before = node.data.slice(0, selection.anchorOffset);
  const match = /(?:^|[\s(\u00a0])@([^\s@]*(?: [^\s@]*)?)$/u.exec(before);
  if (!match || match[1].length > LONGEST) return null;
  const range = document.createRange();
  range.setStart(node, before.length - match[1].length - 1);
  range.setEnd(node, before.length);
  return { range, words: match[1] };
}

class Picker {
  constructor(box, url, changed) {
    Object.assign(this, { box, url, changed, found: [], at: 0, asked: 0 });
    this.list = el("div", { class: "pop menu mention-pop", id: `mentions-${++serial}`, role: "listbox", popover: "manual", "aria-label": box.getAttribute("aria-label") ?? "@" });
    // The text area that belongs to the box stays right behind it.
    (box.nextElementSibling ?? box).after(this.list);
    box.setAttribute("aria-haspopup", "listbox");
    box.setAttribute("aria-controls", this.list.id);
    const ask = debounce(() => this.ask(), 120);
    box.addEventListener("input", ask);
    box.addEventListener("keydown", (event) => this.key(event), { capture: true });
    box.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(this.found[Number(option.dataset.index)]);
    });
  }

  get isOpen() {
    return this.list.matches(":popover-open");
  }

  async ask() {
    const typed = typedBefore(this.box);
    if (!typed) return this.close();
    const number = ++this.asked;
    const answer = await fetch(`${this.url}?${new URLSearchParams({ q: typed.words })}`, { headers: { Accept: "application/json" } }).catch(() => null);
    // Without an answer the name is written as it is.
    if (!answer?.ok || number !== this.asked || !typedBefore(this.box)) return undefined;
    this.found = (await answer.json()).results.slice(0, 8);
    if (!this.found.length) return this.close();
    this.at = 0;
    return this.show(typed.range);
  }

  show(range) {
    this.list.replaceChildren(...this.found.map((one, index) => el("div", { role: "option", id: `${this.list.id}-${index}`, "data-index": String(index) }, el("span", { class: "grow clip" }, one.label), el("span", { class: "mute sm clip" }, one.hint ?? ""))));
    if (!this.isOpen) this.list.showPopover();
    const spot = range.getBoundingClientRect();
    place(this.list, { getBoundingClientRect: () => spot });
    this.mark();
  }

  mark() {
    for (const [index, option] of $$("[role=option]", this.list).entries()) {
      option.setAttribute("aria-selected", String(index === this.at));
      option.classList.toggle("on", index === this.at);
    }
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    $(`#${this.list.id}-${this.at}`)?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (!this.isOpen || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) this.at = (this.at + steps[event.key] + this.found.length) % this.found.length;
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.found[this.at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (this.isOpen) this.mark();
  }

  take(one) {
    const typed = typedBefore(this.box);
    this.close();
    if (!one || !typed) return;
    const mention = el("span", { "data-mention": one.value, contenteditable: "false" }, `@${one.label}`);
    const space = document.createTextNode("\u00a0");
    typed.range.deleteContents();
    typed.range.insertNode(space);
    typed.range.insertNode(mention);
    const selection = getSelection();
    selection.collapse(space, 1);
    this.changed();
  }

  close() {
    this.asked += 1;
    if (this.isOpen) this.list.hidePopover();
    this.box.removeAttribute("aria-activedescendant");
  }
}

/** Let an editor name members, found at `url`; `changed` is called after one was put in. */
export function watchMentions(box, url, changed) {
  return new Picker(box, url, changed);
}
