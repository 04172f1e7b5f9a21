// The editor of workflows: puts a field's placeholder into the text that was being written.
import { $, on } from "../../../ui/static_src/js/dom.js";

let target = "";

on("click", "[data-insert-into]", (_event, opener) => { target = opener.dataset.insertInto; }, { capture: true });

on("click", "[data-insert]", (_event, item) => {
  const field = document.getElementById(target);
  if (!field) return;
  const at = field.selectionStart ?? field.value.length;
  const end = field.selectionEnd ?? at;
  field.setRangeText(item.dataset.insert, at, end, "end");
  $("#wf-vars")?.hidePopover();
  field.focus();
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
});
