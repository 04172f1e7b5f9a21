// Buttons that put words into a text where its cursor is: names and functions of formulas.
import { $, on } from "../../../ui/static_src/js/dom.js";

/** A blank between words that would run together, as a formula's names and numbers would. */
function apart(before, words) {
  return /[\w"')]$/.test(before) && /^[\w"']/.test(words) ? ` ${words}` : words;
}

on("click", "[data-insert]", (_event, button) => {
  const text = $(button.dataset.insertInto);
  if (!text) return;
  const words = apart(text.value.slice(0, text.selectionStart), button.dataset.insert);
  text.focus();
  text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
