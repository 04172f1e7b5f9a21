// Builds everything the browser loads into build/static/: one stylesheet in layers, one script, the fonts, the icon sprite.
// Run from anywhere: node src/autocrm/ui/build/build.mjs
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { iconSprite } from "./icons.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../../..");
const apps = path.join(root, "src/autocrm");
const ui = path.join(apps, "ui/static_src");
const out = path.join(root, "build/static");

// Newer than any browser that lacks light-dark(); esbuild then leaves modern CSS as it is written.
const target = ["chrome123", "firefox121", "safari17.5"];

// Order inside layer `components`: later files may refine earlier ones.
const components = [
  "shell", "button", "marks", "form", "toolbar", "popover", "filter", "combo", "table", "peek", "timeline", "record",
  "board", "dashboard", "workflow", "wizard", "palette", "today", "states", "drawer", "plain", "style_page",
];

/** Files of `folder` with one of the endings, sorted, as absolute paths; nothing where the folder is missing. */
async function filesIn(folder, ending) {
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(ending)).sort().map((name) => path.join(folder, name));
}

/** Names of the apps above `ui` that bring front-end sources of their own. */
async function otherApps() {
  const names = await readdir(apps);
  return names.filter((name) => name !== "ui" && existsSync(path.join(apps, name, "static_src"))).sort();
}

async function stylesheet() {
  const lines = [
    "@layer tabler, tokens, base, components, utilities;",
    '@import "@tabler/core/dist/css/tabler.min.css" layer(tabler);',
    '@import "@fontsource-variable/inter/wght.css";',
    '@import "./tokens.css" layer(tokens);',
    '@import "./base.css" layer(base);',
    ...components.map((name) => `@import "./${name}.css" layer(components);`),
  ];
  for (const app of await otherApps()) {
    for (const file of await filesIn(path.join(apps, app, "static_src/css"), ".css")) {
      lines.push(`@import ${JSON.stringify(file)} layer(components);`);
    }
  }
  lines.push('@import "./responsive.css" layer(components);', '@import "./utilities.css" layer(utilities);');
  return lines.join("\n");
}

async function buildStyles() {
  await esbuild.build({
    stdin: { contents: await stylesheet(), resolveDir: path.join(ui, "css"), sourcefile: "app.css", loader: "css" },
    nodePaths: [path.join(root, "node_modules")],
    outfile: path.join(out, "ui/app.css"),
    bundle: true,
    minify: true,
    target,
    legalComments: "none",
    logLevel: "warning",
    loader: { ".woff2": "file" },
    assetNames: "fonts/[name]",
  });
}

async function buildScripts() {
  const entries = { "ui/app": path.join(ui, "js/app.js") };
  for (const app of await otherApps()) {
    const file = path.join(apps, app, "static_src/js", `${app}.js`);
    if (existsSync(file)) entries[`${app}/${app}`] = file;
  }
  const common = { nodePaths: [path.join(root, "node_modules")], bundle: true, minify: true, target, legalComments: "none", logLevel: "warning" };
  await Promise.all([
    esbuild.build({ ...common, entryPoints: entries, outdir: out, format: "esm", splitting: true, chunkNames: "ui/chunks/[name]-[hash]" }),
    // Runs before the first paint, therefore a classic script and not a module.
    esbuild.build({ ...common, entryPoints: [path.join(ui, "js/theme_early.js")], outfile: path.join(out, "ui/theme.js"), format: "iife" }),
  ]);
}

async function buildIcons() {
  await writeFile(path.join(out, "ui/icons.svg"), await iconSprite(apps, path.join(root, "node_modules/@tabler/icons/icons/outline")));
}

/** Pictures and other files that are served as they are: `static_src/files/` of each app. */
async function copyFiles() {
  for (const app of ["ui", ...(await otherApps())]) {
    const folder = path.join(apps, app, "static_src/files");
    if (existsSync(folder)) await cp(folder, path.join(out, app), { recursive: true });
  }
}

const started = performance.now();
await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, "ui"), { recursive: true });
try {
  await Promise.all([buildStyles(), buildScripts(), buildIcons(), copyFiles()]);
} catch (error) {
  console.error(error.errors ? "The front-end build failed, see above." : error.message);
  process.exit(1);
}
console.log(`Front end built into build/static in ${Math.round(performance.now() - started)} ms`);
