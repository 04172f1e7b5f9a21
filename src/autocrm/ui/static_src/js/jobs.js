// The tray of background jobs: shown while any runs, kept up to date by events.
import { $, formatNumber } from "./dom.js";
import { load } from "./htmx_setup.js";

const running = new Set();

function showButton() {
  const button = $("[data-jobs-button]");
  if (button) button.hidden = running.size === 0 && !$("[data-jobs]")?.matches(":popover-open");
}

function draw(job) {
  const row = $(`[data-job-id="${CSS.escape(String(job.id))}"]`);
  if (!row) return false;
  const bar = $("progress", row);
  const count = $("[data-job-count]", row);
  if (bar && job.total) {
    bar.max = job.total;
    bar.value = job.done;
  }
  if (count && job.total) count.textContent = `${formatNumber(job.done)} / ${formatNumber(job.total)}`;
  return job.state === "running" || job.state === "queued";
}

document.addEventListener("autocrm:job", (event) => {
  const job = event.detail;
  const active = job.state === "running" || job.state === "queued";
  if (active) running.add(String(job.id));
  else running.delete(String(job.id));
  showButton();
  const tray = $("[data-jobs]");
  if (tray?.matches(":popover-open") && !draw(job)) load(tray.dataset.load, $("[data-load-here]", tray) ?? tray);
});
