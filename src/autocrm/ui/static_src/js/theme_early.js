// Sets theme, density and rail before the first paint. A classic script in <head>, nothing else may be here.
const root = document.documentElement;
const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=(\\w+)`))?.[1];
root.dataset.theme = cookie("theme") ?? root.dataset.theme ?? "system";
root.dataset.density = cookie("density") ?? root.dataset.density ?? "cosy";
root.dataset.rail = cookie("rail") ?? root.dataset.rail ?? "wide";
const dark = root.dataset.theme === "dark" || (root.dataset.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
root.dataset.bsTheme = dark ? "dark" : "light";
