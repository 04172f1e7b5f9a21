// The filter builder: wires a view to the URL's `filter` parameter, or to a hidden input in forms.
import { $, $$, debounce, el, fire, icon, word } from "../dom.js";
import { send } from "../http.js";
import { params, setParams } from "../list_state.js";
import { count, group, parse, write } from "./tree.js";
import { FilterView } from "./view.js";

async function schemaOf(root) {
  const island = root.dataset.schema && document.getElementById(root.dataset.schema.replace(/^#/, ""));
  if (island) return JSON.parse(island.textContent);
  if (!root.dataset.schemaUrl) return [];
  const answer = await send(root.dataset.schemaUrl);
  return answer.ok ? JSON.parse(answer.text) : [];
}

/** A field with its usual operator first; the language calls the type of a value its shape. */
function readField(field) {
  const operators = field.operators.map((operator) => ({ ...operator, value: operator.value ?? operator.shape }));
  return { ...field, operators, usual: (operators.find((operator) => operator.default) ?? operators[0])?.id };
}

/** Where the condition is kept: reads and writes its JSON text. */
function storeOf(root) {
  const input = $("[data-filter-value]", root);
  const name = root.dataset.param ?? "filter";
  if (!input) return { inUrl: true, read: () => params().get(name), write: (text) => setParams({ [name]: text }, { run: name }) };
  return {
    inUrl: false,
    read: () => input.value,
    write: (text) => {
      input.value = text ?? "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  };
}

function footer(view, apply, inUrl) {
  const button = (classes, text, run, name = "") => el("button", { class: `btn ${classes}`, type: "button", onclick: run }, name ? icon(name) : null, text);
  const add = button("ghost", word("condition"), () => view.addLeaf(), "plus");
  add.dataset.filterAdd = "";
  const clear = button("ghost push", word("clear_all"), () => {
    view.tree = group("and");
    view.draw();
    apply.now();
    add.focus();
  });
  const done = button("primary", word("done"), () => {
    apply.now();
    view.root.closest("[popover]")?.hidePopover();
  });
  return el("div", { class: "fb-f" }, add, button("ghost", word("group"), () => view.addGroup(), "plus"), clear, inUrl ? done : null);
}

function applier(view, store) {
  let written = store.read() ?? "";
  const tell = () => {
    const stored = write(view.tree, view.typeOf);
    fire("autocrm:filter", { count: count(stored), stored, root: view.root });
    return stored ? JSON.stringify(stored) : "";
  };
  const now = () => {
    const text = tell();
    if (text === written) return;
    written = text;
    store.write(text || null);
  };
  const soon = debounce(now, store.inUrl ? 500 : 100);
  // What stands in the store is what the view shows, however it is written there: nothing is to be written.
  const take = () => {
    soon.cancel();
    written = tell();
  };
  return { now, soon, take };
}

async function build(root) {
  root.dataset.built = "1";
  root.classList.add("fb");
  const fields = (await schemaOf(root)).map(readField).filter((field) => field.operators.length);
  if (!fields.length) return;
  const store = storeOf(root);
  const view = new FilterView(root, fields, parse(store.read()), () => apply.soon());
  const apply = applier(view, store);
  if (store.inUrl && !view.tree.args.length) view.tree.args.push(view.firstLeaf());
  // What was typed a moment ago goes with the form that is sent now.
  if (!store.inUrl) root.closest("form")?.addEventListener("submit", apply.now, { capture: true });
  view.draw();
  root.append(footer(view, apply, store.inUrl));
  if (store.inUrl) apply.take();
  else apply.now();
  // The builder is loaded anew whenever it is opened: one that is gone hears nothing any more.
  document.addEventListener("autocrm:url-state", function follow(event) {
    if (!root.isConnected) return document.removeEventListener("autocrm:url-state", follow);
    const name = root.dataset.param ?? "filter";
    const isOwn = root.contains(document.activeElement) && !event.detail.isBack;
    if (!store.inUrl || !(name in event.detail.changes) || isOwn) return undefined;
    view.tree = parse(store.read());
    if (!view.tree.args.length) view.tree.args.push(view.firstLeaf());
    view.draw();
    return apply.take();
  });
}

const scan = (scope) => {
  for (const root of $$("[data-filter-builder]:not([data-built])", scope)) build(root);
};
document.addEventListener("htmx:load", (event) => scan(event.detail.elt));
document.addEventListener("autocrm:inserted", (event) => scan(event.detail.root));
scan(document);
