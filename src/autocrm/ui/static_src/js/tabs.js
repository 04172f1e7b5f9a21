// Tabs within a page: arrows move, a panel with a URL loads at first opening, narrow record pages show one side at a time.
import { $, $$, on } from "./dom.js";
import { load } from "./htmx_setup.js";

function panelOf(tab) {
  return document.getElementById(tab.getAttribute("aria-controls") ?? "");
}

export function showTab(tab) {
  const tabs = $$("[role=tab]", tab.closest("[role=tablist]"));
  for (const other of tabs) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    const panel = panelOf(other);
    if (panel && other !== tab) panel.hidden = true;
  }
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  const record = tab.closest(".rec");
  if (record) record.dataset.side = tab.dataset.recSide ?? "mid";
  const panel = panelOf(tab);
  if (!panel) return;
  panel.hidden = false;
  const url = tab.dataset.tabUrl;
  if (url && !panel.dataset.loaded) {
    panel.dataset.loaded = "1";
    // What did not come is asked for again when the tab is opened again.
    load(url, panel).then((came) => came || delete panel.dataset.loaded);
  }
}

on("click", "[data-tabs] [role=tab]", (_event, tab) => {
  showTab(tab);
  const name = tab.getAttribute("aria-controls");
  if (name && tab.closest("[data-tabs-url]")) history.replaceState(history.state, "", `#${name}`);
});

on("keydown", "[data-tabs] [role=tab]", (event, tab) => {
  const tabs = $$("[role=tab]", tab.closest("[role=tablist]")).filter((each) => each.offsetParent !== null);
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const back = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  const at = tabs.indexOf(tab);
  const to = { [forward]: at + 1, [back]: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const found = tabs[(to + tabs.length) % tabs.length];
  found.focus();
  showTab(found);
});

const asked = location.hash && $(`[data-tabs-url] [role=tab][aria-controls="${CSS.escape(location.hash.slice(1))}"]`);
if (asked) showTab(asked);
