// The condition tree: reading what is stored, writing what is complete. No page, no words: pure data.
//
// Stored:  {"op": "and|or|not", "args": [...]}  and  {"field", "cmp", "value"}
// Edited:  {kind: "group", op: "and|or|none", args}  and  {kind: "leaf", field, cmp, value}

export const leaf = (field, cmp, value) => ({ kind: "leaf", field, cmp, value });
export const group = (op, args = []) => ({ kind: "group", op, args });

function readNode(node) {
  if (node.field) return leaf(node.field, node.cmp, node.value);
  if (node.op === "not") {
    const inner = readNode(node.args[0]);
    return group("none", inner.kind === "group" && inner.op === "or" ? inner.args : [inner]);
  }
  return group(node.op === "or" ? "or" : "and", (node.args ?? []).map(readNode));
}

/** The edited form of stored JSON text; anything unreadable is an empty tree. */
export function parse(text) {
  let node = {};
  try {
    node = JSON.parse(text || "{}");
  } catch {
    return group("and");
  }
  if (!node || (!node.field && !node.op)) return group("and");
  const read = readNode(node);
  return read.kind === "group" && read.op !== "none" ? read : group("and", [read]);
}

const isEmpty = (value) => value === undefined || value === null || value === "" || (Array.isArray(value) && (!value.length || value.some((part) => part === "" || part === null)));

function writeLeaf(node, typeOf) {
  const type = typeOf(node.field, node.cmp);
  if (!node.field || !node.cmp || type === undefined) return null;
  if (type === "none" || (type === "anniversary" && isEmpty(node.value))) return { field: node.field, cmp: node.cmp };
  return isEmpty(node.value) ? null : { field: node.field, cmp: node.cmp, value: node.value };
}

function writeNode(node, typeOf) {
  if (node.kind === "leaf") return writeLeaf(node, typeOf);
  const args = node.args.map((arg) => writeNode(arg, typeOf)).filter(Boolean);
  if (!args.length) return null;
  if (node.op === "none") return { op: "not", args: [args.length > 1 ? { op: "or", args } : args[0]] };
  return args.length === 1 ? args[0] : { op: node.op, args };
}

/** The stored form of what is complete, or null. `typeOf(field, cmp)` names the value's type. */
export const write = (root, typeOf) => writeNode(root, typeOf);

/** How many complete conditions a stored tree has. */
export function count(stored) {
  if (!stored) return 0;
  return stored.field ? 1 : stored.args.reduce((sum, arg) => sum + count(arg), 0);
}
