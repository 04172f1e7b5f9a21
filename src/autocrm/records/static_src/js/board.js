// A board's own switches: folded columns and the fields on its cards. Their state lives in the URL, like all of a list.
import { $$, on } from "../../../ui/static_src/js/dom.js";
import { params, setParams } from "../../../ui/static_src/js/list_state.js";

function fold(button, shut) {
  const place = button.closest("[data-kcol]").dataset.kcol;
  const now = new Set((params().get("shut") ?? "").split(",").filter(Boolean));
  if (shut) now.add(place);
  else now.delete(place);
  setParams({ shut: [...now].join(",") });
}
on("click", "[data-fold]", (_event, button) => fold(button, true));
on("click", "[data-unfold]", (_event, button) => fold(button, false));

const ticked = (box) => $$("input:checked", box);
function bound(box) {
  const full = ticked(box).length >= Number(box.dataset.most);
  for (const input of $$("input", box)) input.disabled = full && !input.checked;
}
on("change", "[data-card-fields] input", (_event, input) => bound(input.closest("[data-card-fields]")));
on("beforetoggle", "[data-card-fields]", (_event, box) => bound(box), { capture: true });
on("click", "[data-card-apply]", (_event, button) => {
  const box = button.closest("[data-card-fields]");
  box.hidePopover();
  setParams({ cards: ticked(box).map((input) => input.value).join(",") });
});
