// Makes the icon sprite: exactly the symbols that the apps name in their icons.txt.
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/** Icon names of every app with the file that asked for each; `#` starts a comment. */
async function namesOf(apps) {
  const names = new Map();
  for (const app of (await readdir(apps)).sort()) {
    const file = path.join(apps, app, "icons.txt");
    if (!existsSync(file)) continue;
    for (const line of (await readFile(file, "utf8")).split("\n")) {
      const name = line.split("#")[0].trim();
      if (name) names.set(name, `${app}/icons.txt`);
    }
  }
  return names;
}

async function symbol(folder, name) {
  const svg = await readFile(path.join(folder, `${name}.svg`), "utf8");
  const shapes = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/<svg[^>]*>|<\/svg>/g, "").replace(/\s*\n\s*/g, "").trim();
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

/** The sprite's text. Fails with every unknown name at once, not with the first. */
export async function iconSprite(apps, folder) {
  const names = await namesOf(apps);
  const unknown = [...names].filter(([name]) => !existsSync(path.join(folder, `${name}.svg`)));
  if (unknown.length) {
    throw new Error(`Unknown icons: ${unknown.map(([name, file]) => `${name} (${file})`).join(", ")}`);
  }
  const symbols = await Promise.all([...names.keys()].sort().map((name) => symbol(folder, name)));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}
