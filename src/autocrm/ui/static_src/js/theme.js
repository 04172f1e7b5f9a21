// Theme, density and width of the rail: kept in cookies, so that the server renders them and nothing flashes.
import { $$, on } from "./dom.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const YEAR = 31536000;

function keep(name, value) {
  root.dataset[name] = value;
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  show();
}

function show() {
  const { theme, density } = root.dataset;
  root.dataset.bsTheme = theme === "dark" || (theme === "system" && system.matches) ? "dark" : "light";
  for (const button of $$("[data-set-theme]")) button.setAttribute("aria-checked", String(button.dataset.setTheme === theme));
  for (const button of $$("[data-set-density]")) button.setAttribute("aria-checked", String(button.dataset.setDensity === density));
}

system.addEventListener("change", show);
on("click", "[data-set-theme]", (_event, button) => keep("theme", button.dataset.setTheme));
on("click", "[data-set-density]", (_event, button) => keep("density", button.dataset.setDensity));
on("click", "[data-theme-switch]", () => keep("theme", root.dataset.bsTheme === "dark" ? "light" : "dark"));
on("click", "[data-rail-switch]", () => keep("rail", root.dataset.rail === "narrow" ? "wide" : "narrow"));
show();
