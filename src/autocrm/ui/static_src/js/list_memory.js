// The pages of a list that were on the screen lately, as text: few, so that a long scroll never fills the memory.
const MOST = 24;
const kept = new Map();

export const recent = {
  has: (url) => kept.has(url),
  get: (url) => kept.get(url),
  clear: () => kept.clear(),
  set(url, html) {
    kept.delete(url);
    kept.set(url, html);
    if (kept.size > MOST) kept.delete(kept.keys().next().value);
  },
};
