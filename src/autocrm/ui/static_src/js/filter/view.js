// Draws the condition tree as rows and groups and keeps it in step with what the person does.
import { $, $$, el, fire, icon, word } from "../dom.js";
import { enhance } from "../combo.js";
import { editorFor, typeName } from "./editors.js";
import { group, leaf } from "./tree.js";

const DEEPEST = 3;

export class FilterView {
  constructor(root, fields, tree, onchange) {
    this.root = root;
    this.fields = new Map(fields.map((field) => [field.id, field]));
    this.tree = tree;
    this.onchange = onchange;
    this.rows = el("div", { class: "fb-rows" });
    root.append(this.rows);
  }

  typeOf = (fieldId, cmp) => this.fields.get(fieldId)?.operators.find((operator) => operator.id === cmp)?.value;

  firstLeaf() {
    const field = this.fields.values().next().value;
    return leaf(field.id, field.usual, undefined);
  }

  /** Adds a condition or a group to `parent` and puts the focus on it. */
  add(parent, node) {
    parent.args.push(node);
    this.draw();
    const rows = $$("[data-node]", this.rows);
    const made = rows.find((row) => row.node === (node.kind === "group" ? node.args[0] : node)) ?? rows.at(-1);
    $(".combo-in", made)?.focus();
    this.changed();
  }

  addLeaf(parent = this.tree) {
    this.add(parent, this.firstLeaf());
  }

  addGroup(parent = this.tree) {
    this.add(parent, group(parent.op === "or" ? "and" : "or", [this.firstLeaf()]));
  }

  remove(parent, node) {
    parent.args.splice(parent.args.indexOf(node), 1);
    if (!parent.args.length && parent !== this.tree) this.prune(this.tree, parent);
    this.draw();
    this.changed();
    ($("[data-node] .btn", this.rows) ?? $("[data-filter-add]", this.root))?.focus();
  }

  prune(parent, empty) {
    const at = parent.args.indexOf(empty);
    if (at >= 0) parent.args.splice(at, 1);
    else for (const arg of parent.args) if (arg.kind === "group") this.prune(arg, empty);
  }

  changed() {
    this.onchange();
  }

  draw() {
    this.rows.replaceChildren(...this.drawArgs(this.tree, 1));
    fire("autocrm:resized", { box: this.root });
  }

  drawArgs(parent, depth) {
    return parent.args.flatMap((node, index) => (node.kind === "leaf" ? [this.drawLeaf(parent, node, index)] : this.drawGroup(parent, node, index, depth)));
  }

  /** "Where", then a choice of and/or, then the same word again. */
  joiner(parent, index) {
    if (parent.op === "none") return el("span", {}, index ? word("or") : "");
    if (index === 0) return el("span", {}, parent === this.tree ? word("where") : "");
    if (index > 1) return el("span", {}, word(parent.op));
    const choice = el("select", { class: "fb-join", "aria-label": `${word("and")} / ${word("or")}`, onchange: (event) => { parent.op = event.target.value; this.redraw(parent.args[index], 0); } });
    for (const op of ["and", "or"]) choice.append(el("option", { value: op, ".selected": parent.op === op }, word(op)));
    return choice;
  }

  drawLeaf(parent, node, index) {
    const field = this.fields.get(node.field) ?? this.fields.values().next().value;
    const row = el("div", { class: "fb-r", "data-node": true, ".node": node });
    row.append(this.joiner(parent, index), this.fieldChoice(node), this.operatorChoice(node, field), this.valueEditor(node, field), this.removeButton(parent, node));
    return row;
  }

  /** Found by typing: a type of records may have more fields than anybody wants to look through. */
  fieldChoice(node) {
    const choice = el("select", { "aria-label": word("field"), ".required": true });
    for (const field of this.fields.values()) {
      choice.append(el("option", { value: field.id, ".selected": field.id === node.field, "data-hint": field.group && !field.label.startsWith(field.group) ? field.group : null }, field.label));
    }
    const holder = el("span", { class: "fb-choice" }, choice);
    enhance(choice);
    choice.addEventListener("change", () => {
      if (choice.value === node.field) return;
      node.field = choice.value;
      node.cmp = this.fields.get(choice.value).usual;
      node.value = undefined;
      this.redraw(node, 1);
    });
    return holder;
  }

  operatorChoice(node, field) {
    const choice = el("select", { class: "form-select", "aria-label": word("test") });
    for (const operator of field.operators) {
      choice.append(el("option", { value: operator.id, ".selected": operator.id === node.cmp }, operator.label));
    }
    choice.addEventListener("change", () => {
      const was = typeName(this.typeOf(node.field, node.cmp));
      node.cmp = choice.value;
      if (typeName(this.typeOf(node.field, node.cmp)) !== was) node.value = undefined;
      this.redraw(node, 2);
    });
    return choice;
  }

  valueEditor(node, field) {
    const operator = field.operators.find((one) => one.id === node.cmp) ?? field.operators[0];
    const shown = operator.options ? { ...field, options: operator.options } : field;
    return editorFor(operator.value, shown, node.value, (value) => { node.value = value; this.changed(); });
  }

  removeButton(parent, node) {
    return el("button", { class: "btn icon", type: "button", "aria-label": word("remove"), onclick: () => this.remove(parent, node) }, icon("x"));
  }

  /** Draws all again and gives the focus back to the same place of the row of `node`. */
  redraw(node, column) {
    this.draw();
    const row = $$(".fb-r", this.rows).find((each) => each.node === node);
    const place = row?.children[column];
    (place && $(".combo-in", place) || place)?.focus();
    this.changed();
  }

  drawGroup(parent, node, index, depth) {
    const kinds = el("select", { class: "fb-kind", "aria-label": word("group"), onchange: (event) => { node.op = event.target.value; this.redraw(node, 1); } });
    for (const [op, name] of [["and", "all_of"], ["or", "any_of"], ["none", "none_of"]]) kinds.append(el("option", { value: op, ".selected": node.op === op }, word(name)));
    const head = el("div", { class: "fb-r fb-gh", ".node": node }, this.joiner(parent, index), kinds, this.removeButton(parent, node));
    const foot = el("div", { class: "fb-gf" }, this.addButton(word("add_to_group"), () => this.addLeaf(node)), depth < DEEPEST ? this.addButton(word("group"), () => this.addGroup(node)) : null);
    const box = el("div", { class: "fb-g", role: "group", "aria-label": kinds.selectedOptions[0].textContent }, ...this.drawArgs(node, depth + 1), foot);
    return [head, box];
  }

  addButton(text, run) {
    return el("button", { class: "btn ghost", type: "button", onclick: run }, icon("plus"), text);
  }
}
