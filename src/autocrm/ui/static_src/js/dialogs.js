// Dialogs: closing, and the designed question behind hx-confirm and data-confirm.
import { $, on, word } from "./dom.js";

on("click", "[data-dialog-close]", (_event, button) => button.closest("dialog").close());
on("click", "dialog.pal, dialog.keys, dialog.ask", (event, dialog) => {
  if (event.target === dialog) dialog.close();
});

/** Asks a question; resolves to true when it is confirmed. The element may name the button and its tone. */
export function ask(question, element = null, labels = {}) {
  const dialog = $("#confirm");
  if (!dialog) return Promise.resolve(true);
  const yes = $("[data-yes]", dialog);
  const no = $("[data-no]", dialog);
  const asker = element?.closest("[data-confirm-label], [data-confirm-tone]");
  $("#confirm-text").textContent = question;
  yes.textContent = labels.yes ?? asker?.dataset.confirmLabel ?? word("confirm");
  no.textContent = labels.no ?? word("cancel");
  yes.className = `btn ${(labels.tone ?? asker?.dataset.confirmTone) === "bad" ? "danger" : "primary"}`;
  return new Promise((resolve) => {
    let answer = false;
    yes.onclick = () => { answer = true; dialog.close(); };
    no.onclick = () => dialog.close();
    dialog.onclose = () => resolve(answer);
    dialog.showModal();
    no.focus();
  });
}

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question, event.detail.elt).then((yes) => yes && event.detail.issueRequest(true));
});

on("submit", "form[data-confirm]", (event, form) => {
  if (form.dataset.confirmed) return;
  event.preventDefault();
  const { submitter } = event;
  ask(form.dataset.confirm, form).then((yes) => {
    if (!yes) return;
    // Of this one sending alone: whoever sends it again is asked again.
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter);
    delete form.dataset.confirmed;
  });
});
