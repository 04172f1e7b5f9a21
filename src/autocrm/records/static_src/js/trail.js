// The list a reader came from: its address is kept for this tab, so that a record's page leads back to it as it was and
// on to the records before and after.
import { $, $$ } from "../../../ui/static_src/js/dom.js";
import { load } from "../../../ui/static_src/js/htmx_setup.js";
import { list, params } from "../../../ui/static_src/js/list_state.js";

const keyOf = (path) => `autocrm.trail.${path}`;

function keep() {
  if (!list()) return;
  const now = params();
  for (const name of ["peek", "cursor", "layout"]) now.delete(name);
  try {
    sessionStorage.setItem(keyOf(location.pathname), JSON.stringify({ asked: now.toString(), shown: location.search }));
  } catch {
    // Without storage there is only no way on.
  }
}
function kept(path) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(path)));
  } catch {
    return null;
  }
}

function showWay(place) {
  const trail = kept(place.dataset.fromList);
  if (!trail) return;
  for (const link of $$(`.crumbs a[href="${place.dataset.fromList}"]`)) link.search = trail.shown;
  load(`${place.dataset.beside}?${trail.asked}`, place);
}

keep();
document.addEventListener("autocrm:url-state", keep);
document.addEventListener("autocrm:list-loaded", keep);
const place = $("[data-beside]");
if (place) showWay(place);
