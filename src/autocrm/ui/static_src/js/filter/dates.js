// Editors of days: an exact one, or one that moves with time; a unit; a number with a unit.
import { $, el, word } from "../dom.js";

const DAY_UNITS = ["day", "week", "month", "quarter", "year"];
const FISCAL = ["fiscal_quarter", "fiscal_year"];

function select(label, options, value, onchange) {
  const node = el("select", { class: "form-select", "aria-label": label, onchange });
  for (const [id, text] of options) node.append(el("option", { value: id, ".selected": id === value }, text));
  return node;
}

const numberInput = (value, oninput) => el("input", { class: "form-control fb-n", type: "number", min: "1", value, "aria-label": word("value"), oninput });
const plural = (unit) => word(`${unit}s`);

/** Which way of saying a day `value` is, with its parts. */
function modeOf(value) {
  const rel = value?.rel;
  if (!rel) return { mode: "exact" };
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  if (rel.unit === "day" && rel.n in near && rel.anchor !== "now") return { mode: near[rel.n] };
  if (rel.n === 0) return { mode: "start_of", unit: rel.unit };
  return { mode: rel.n < 0 ? "ago" : "ahead", n: Math.abs(rel.n), unit: rel.unit };
}

const relative = (unit, n) => ({ rel: unit === "day" ? { unit, n } : { unit, n, anchor: "now" } });

function read(parts) {
  const n = Number($("input[type=number]", parts)?.value || 0);
  const unit = $("[data-part=unit]", parts)?.value ?? "day";
  const readers = {
    exact: () => $("input[type=date]", parts)?.value ?? "",
    today: () => relative("day", 0),
    yesterday: () => relative("day", -1),
    tomorrow: () => relative("day", 1),
    ago: () => (n ? relative(unit, -n) : ""),
    ahead: () => (n ? relative(unit, n) : ""),
    start_of: () => ({ rel: { unit, n: 0 } }),
  };
  return readers[parts.dataset.mode]();
}

/** A day: `onchange` gets an ISO date or {"rel": {unit, n, anchor?}}. */
export function dayEditor(value, onchange) {
  const parts = el("span", { class: "fb-parts" });
  const tell = () => onchange(read(parts));
  const draw = (state) => {
    parts.dataset.mode = state.mode;
    const modes = ["exact", "today", "yesterday", "tomorrow", "ago", "ahead", "start_of"];
    const label = { exact: "exact_date", ago: "days_ago", ahead: "days_ahead" };
    const names = modes.map((mode) => [mode, word(label[mode] ?? mode)]);
    const chooser = select(word("value"), names, state.mode, (event) => { draw({ mode: event.target.value, n: 7, unit: event.target.value === "start_of" ? "month" : "day" }); tell(); });
    parts.replaceChildren(chooser);
    if (state.mode === "exact") parts.append(el("input", { class: "form-control", type: "date", "aria-label": word("exact_date"), value: typeof value === "string" ? value.slice(0, 10) : "", oninput: tell }));
    if (state.mode === "ago" || state.mode === "ahead") parts.append(numberInput(state.n ?? 7, tell));
    if (["ago", "ahead", "start_of"].includes(state.mode)) {
      const units = state.mode === "start_of" ? [...DAY_UNITS.slice(1), ...FISCAL].map((unit) => [unit, word(unit)]) : DAY_UNITS.map((unit) => [unit, plural(unit)]);
      const chosen = select(word("unit"), units, state.unit, tell);
      chosen.dataset.part = "unit";
      parts.append(chosen);
    }
  };
  draw(modeOf(value));
  return parts;
}

/** A unit of time, for "this", "last" and "next". */
export function unitEditor(value, onchange) {
  const units = [...DAY_UNITS, ...FISCAL].map((unit) => [unit, word(unit)]);
  if (!value) onchange("month");
  return select(word("unit"), units, value || "month", (event) => onchange(event.target.value));
}

/** A number and a unit, for "in the last …": {"n": 30, "unit": "day"}. */
export function spanEditor(value, onchange, { clock = false } = {}) {
  const start = value?.n ? value : { n: 30, unit: "day" };
  if (!value?.n) onchange(start);
  const units = [...(clock ? ["minute", "hour"] : []), ...DAY_UNITS].map((unit) => [unit, plural(unit)]);
  const parts = el("span", { class: "fb-parts" });
  const tell = () => onchange({ n: Number($("input", parts).value), unit: $("select", parts).value });
  parts.append(numberInput(start.n, tell), select(word("unit"), units, start.unit, tell));
  return parts;
}
