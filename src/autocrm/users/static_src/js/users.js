// The matrix of a role: a kind of record without own rules shows those of the default, and gets own ones once something is chosen for it.
import { $, $$, on } from "../../../ui/static_src/js/dom.js";

const verbOf = (select) => select.name.split(":").at(-1);

/** The row says what holds for it while it has no own rules. */
function follow(row) {
  const base = $("[data-default]", row.closest("[data-matrix]"));
  for (const select of $$("select", row)) select.value = $$("select", base).find((each) => verbOf(each) === verbOf(select)).value;
}

on("change", "[data-matrix] select", (_event, select) => {
  const row = select.closest("tr");
  const own = $("[data-own]", row);
  if (own) own.checked = true;
  else for (const box of $$("[data-own]:not(:checked)", row.closest("[data-matrix]"))) follow(box.closest("tr"));
});
on("change", "[data-matrix] [data-own]", (_event, box) => {
  if (!box.checked) follow(box.closest("tr"));
});

// Whoever comes from the fields of a kind of record finds its fields open.
const asked = location.hash && document.getElementById(location.hash.slice(1));
if (asked instanceof HTMLDetailsElement) {
  asked.open = true;
  asked.scrollIntoView();
}
