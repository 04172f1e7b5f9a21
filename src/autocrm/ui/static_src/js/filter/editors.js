// The editor of one value, by the type its operator takes. Every editor calls `onchange(value)`.
import { el, parseNumber, word, writeNumber } from "../dom.js";
import { enhance } from "../combo.js";
import { dayEditor, spanEditor, unitEditor } from "./dates.js";

// The builder's schema and the condition language call the same thing by two names.
const ALIASES = {
  pattern: "text", date: "day", datetime: "day", moment: "day", rel: "unit", n_unit: "span", select: "choice", user: "choice", relation: "choice",
  reference: "choice", multi_select: "choices", references: "choices", texts: "choices", number_range: "range", moment_range: "range", money: "number",
};

export const typeName = (type) => ALIASES[type] ?? type;

function textEditor(value, onchange) {
  return el("input", { class: "form-control", type: "text", "aria-label": word("value"), value: value ?? "", oninput: (event) => onchange(event.target.value) });
}

function numberEditor(value, onchange) {
  const read = ({ target }) => {
    const number = target.value.trim() === "" ? "" : parseNumber(target.value);
    target.setAttribute("aria-invalid", String(Number.isNaN(number)));
    onchange(Number.isNaN(number) ? "" : number);
  };
  const written = typeof value === "number" ? writeNumber(value) : value ?? "";
  return el("input", { class: "form-control", type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": word("value"), value: written, oninput: read });
}

function booleanEditor(value, onchange) {
  const node = el("select", { class: "form-select", "aria-label": word("value"), onchange: (event) => onchange(event.target.value === "true") });
  node.append(el("option", { value: "true" }, word("yes")), el("option", { value: "false", ".selected": value === false }, word("no")));
  if (value === undefined) onchange(true);
  return node;
}

/** One choice or several: from the schema's options, from a URL, or free words where there is neither. */
function choiceEditor(value, onchange, field, many) {
  const values = (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null && one !== "").map(String);
  const free = !field.options && !field.options_url;
  const node = el("select", { "aria-label": word("value"), ".multiple": many, "data-url": field.options_url || null, "data-create": free ? "" : null });
  if (!many) node.append(el("option", { value: "" }));
  for (const option of field.options ?? []) {
    node.append(el("option", { value: option.value, ".selected": values.includes(String(option.value)) }, option.label));
  }
  const known = new Set((field.options ?? []).map((option) => String(option.value)));
  for (const missing of values.filter((one) => !known.has(one))) {
    node.append(el("option", { value: missing, ".selected": true }, field.value_labels?.[missing] ?? missing));
  }
  node.addEventListener("change", () => {
    const chosen = [...node.selectedOptions].map((option) => option.value).filter(Boolean);
    onchange(many ? chosen : chosen[0] ?? "");
  });
  const holder = el("span", { class: "fb-choice" }, node);
  enhance(node);
  return holder;
}

function rangeEditor(value, onchange, field) {
  const both = Array.isArray(value) ? [...value] : ["", ""];
  const one = ["date", "datetime"].includes(field.kind) ? dayEditor : numberEditor;
  const side = (index) => one(both[index], (part) => { both[index] = part; onchange([...both]); });
  return el("span", { class: "fb-parts fb-range" }, side(0), el("span", { class: "mute sm" }, "–"), side(1));
}

const EDITORS = {
  none: () => el("span"),
  text: textEditor,
  number: numberEditor,
  boolean: booleanEditor,
  day: dayEditor,
  unit: unitEditor,
  span: (value, onchange, field) => spanEditor(value, onchange, { clock: field.kind === "datetime" }),
  anniversary: (value, onchange, field) => spanEditor(value, onchange, field),
  choice: (value, onchange, field) => choiceEditor(value, onchange, field, false),
  choices: (value, onchange, field) => choiceEditor(value, onchange, field, true),
  range: rangeEditor,
};

/** The editor for `type` on `field`, filled with `value`. */
export function editorFor(type, field, value, onchange) {
  const make = EDITORS[typeName(type)] ?? textEditor;
  return make(value, onchange, field);
}
