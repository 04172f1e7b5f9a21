// Notifications: a socket with heartbeat and jittered reconnects; polling while there is none. Tells the page by events.
import { $, fire, word } from "./dom.js";
import { send } from "./http.js";

const PING = 25000;
const SILENCE = 60000;
const SLOWEST = 30000;
const POLL = 30000;
const SEEN = 1500;
const FINAL = [4401, 4403];
const shell = $("[data-shell]");
const seqKey = `autocrm.seq.${shell?.dataset.user ?? ""}`;

let socket = null;
let failures = 0;
let heardAt = 0;
let lastSeq = Number(sessionStorage.getItem(seqKey) ?? NaN);
let timer = 0;
let isFinal = false;

let keeping = 0;

// Kept for the next page only after a moment: what is told to a page that is just being left is told to the next again.
function keepSeq(seq) {
  lastSeq = seq;
  clearTimeout(keeping);
  keeping = setTimeout(() => sessionStorage.setItem(seqKey, lastSeq), SEEN);
}

// Where this tab begins: nothing was told before, so the next page may know at once, however soon it comes.
function beginAt(seq) {
  if (sessionStorage.getItem(seqKey) === null) sessionStorage.setItem(seqKey, seq);
  keepSeq(seq);
}

function tell(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

const subscribe = () => tell(Number.isNaN(lastSeq) ? { type: "subscribe_updates" } : { type: "subscribe_updates", after_seq: lastSeq });

export function setUnread(unread) {
  if (!Number.isFinite(unread)) return;
  const bell = $("[data-bell]");
  const dot = bell && $("[data-bell-dot]", bell);
  if (dot) dot.hidden = unread === 0;
  bell?.setAttribute("aria-label", (bell.getAttribute("aria-label") ?? "").replace(/\d[\d.,]*/, unread));
  fire("autocrm:unread", { unread });
}

function onNotification(message) {
  if (typeof message.seq === "number") {
    if (message.seq <= lastSeq) return;
    const gap = !Number.isNaN(lastSeq) && message.seq > lastSeq + 1 && !message.replayed;
    if (gap) subscribe();
    keepSeq(message.seq);
  }
  setUnread(message.unread ?? NaN);
  const notification = message.notification ?? {};
  fire("autocrm:notification", notification);
  if (!message.replayed || message.fresh) {
    fire("autocrm:toast", { message: notification.title ?? word("new_notification"), body: notification.body ?? "", url: notification.url, level: notification.level ?? "info" });
  }
}

const handlers = {
  notification: onNotification,
  counts: (message) => {
    if (Number.isNaN(lastSeq) && typeof message.last_seq === "number") beginAt(message.last_seq);
    setUnread(message.unread);
  },
  // Too far behind to be told one by one: begin again from the numbers that follow.
  resync: () => {
    lastSeq = NaN;
    fire("autocrm:notification", { resync: true });
  },
  subscribed: (message) => {
    if (typeof message.last_seq === "number") beginAt(message.last_seq);
    setUnread(message.unread ?? NaN);
  },
  job: (message) => fire("autocrm:job", message.job ?? message),
  changed: (message) => fire("autocrm:changed", { type: message.record_type ?? "", ids: message.ids ?? [] }),
};

function connect() {
  clearTimeout(timer);
  if (isFinal || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const { protocol, host } = location;
  socket = new WebSocket(`${protocol === "https:" ? "wss:" : "ws:"}//${host}${shell.dataset.socket}`);
  socket.addEventListener("open", () => {
    failures = 0;
    heardAt = Date.now();
    subscribe();
  });
  socket.addEventListener("message", (event) => {
    heardAt = Date.now();
    const message = JSON.parse(event.data);
    handlers[message.type]?.(message);
  });
  socket.addEventListener("close", (event) => {
    isFinal = FINAL.includes(event.code);
    if (isFinal) return;
    failures += 1;
    // Full jitter: a thousand browsers do not come back in the same second after a restart.
    timer = setTimeout(connect, 1000 + Math.random() * Math.min(SLOWEST, 1000 * 2 ** failures));
  });
}

async function poll() {
  if (failures < 3 || document.visibilityState !== "visible") return;
  const answer = await send(shell.dataset.counts, { expected: [0, 401, 403, 404, 409, 422, 429, 500, 502, 503] });
  if (answer.ok) setUnread(JSON.parse(answer.text).unread);
}

function beat() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (Date.now() - heardAt > SILENCE) socket.close();
  else tell({ type: "ping" });
}

export const markRead = (ids) => tell({ type: "mark_read", ids });

if (shell?.dataset.socket) {
  connect();
  setInterval(beat, PING);
  setInterval(poll, POLL);
  addEventListener("online", connect);
  addEventListener("pageshow", (event) => event.persisted && connect());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && connect());
  document.addEventListener("autocrm:mark-read", (event) => markRead(event.detail.ids));
}
