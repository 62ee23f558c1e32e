// The manifest on a telephone: buttons answer at once, reports wait for the network, the list renews itself.
// Without this script the same buttons are plain forms.
const GRACE_MS = 8000; // so long a button can be taken back before anything is sent
const RENEW_MS = 30000;
const POSITION_MS = 15000;
const WORKER = "/staff/manifest-worker.js";

const main = document.getElementById("main");
const state = document.getElementById("link-state");
const texts = document.getElementById("manifest-texts").dataset;
const here = location.pathname;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const clock = (ms) => new Intl.DateTimeFormat("de-DE", { hour: "2-digit", minute: "2-digit", timeZone: texts.zone }).format(ms);
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

let link = "ok"; // ok, offline, login
let isChanged = false;
let timer = null;
let lastRenewed = Date.now();
let position = null;
let waited = new Set(); // what the list shows as waiting

// ---- what is shown

const formOf = (report) => [...main.querySelectorAll("form[data-said]")].find((form) => {
  const fields = new FormData(form);
  return new URL(form.action).pathname === report.path
    && ["kind", "ride", "minutes"].every((name) => (fields.get(name) ?? "") === (report.fields[name] ?? ""));
});

const waitingLine = (report) => {
  const line = element("p", { className: "manifest__reported manifest__waiting" });
  const said = fill(report.said, { time: clock(report.at) });
  line.append(report.refused ? `✗ ${said} – ${texts.refused}` : `✓ ${said} – ${texts.waiting}`);
  line.dataset.waits = report.id;
  if (report.refused || report.notBefore > Date.now()) {
    const button = element("button", { type: "button", className: "report report--undo" }, report.refused ? texts.read : texts.undo);
    button.addEventListener("click", async () => { await reportQueue.remove(report.id); await show(); });
    line.append(" ", button);
  }
  return line;
};

const markNext = () => {
  const visits = [...main.querySelectorAll(".manifest__visit")];
  const isReported = (visit) => visit.querySelector(".manifest__reported") !== null && visit.querySelector(".reports:not([hidden])") === null;
  const last = visits.map(isReported).lastIndexOf(true);
  if (last < 0) return;
  visits.forEach((visit, index) => {
    const isNext = index === last + 1;
    visit.classList.toggle("manifest__visit--done", index <= last);
    visit.classList.toggle("manifest__visit--next", isNext);
    visit.id = isNext ? "next" : "";
    if (isNext) visit.setAttribute("aria-current", "step");
    else visit.removeAttribute("aria-current");
    visit.querySelector(".manifest__flag")?.remove();
    if (index <= last) visit.prepend(element("p", { className: "manifest__flag manifest__flag--done no-print" }, texts.done));
    else if (isNext) visit.prepend(element("p", { className: "manifest__flag" }, texts.next));
  });
};

const show = async () => {
  const reports = await reportQueue.list();
  waited = new Set(reports.map((report) => report.id));
  for (const line of main.querySelectorAll("[data-waits]")) line.remove();
  for (const group of main.querySelectorAll(".reports[hidden]")) group.hidden = false;
  for (const report of reports) {
    const form = formOf(report);
    if (!form) continue;
    const group = form.closest(".reports");
    // whatever was said of a rider is said; of delays there may be more
    group.hidden = !report.refused && !report.fields.minutes;
    group.after(waitingLine(report));
  }
  markNext();
  const waiting = reports.filter((report) => !report.refused).length;
  const refused = reports.filter((report) => report.refused && !formOf(report));
  const said = [];
  if (link === "offline") said.push(fill(texts.offline, { time: main.querySelector("[data-read-at]")?.dataset.readAt ?? "" }));
  if (link === "login") said.push(element("a", { href: `/staff/login?next=${encodeURIComponent(here)}` }, texts.login));
  if (link !== "ok" && waiting) said.push(fill(texts.count, { count: waiting }));
  if (isChanged) said.push(texts.changed);
  if (refused.length) {
    const button = element("button", { type: "button", className: "link-like" }, texts.read);
    button.addEventListener("click", async () => {
      for (const report of refused) await reportQueue.remove(report.id);
      await show();
    });
    said.push(...refused.map((report) => `${fill(report.said, { time: clock(report.at) })} – ${texts.refused}`), button);
  }
  state.replaceChildren(...said.map((part) => element("p", {}, part)));
  state.hidden = !said.length;
};

// ---- the list renews itself

const outline = (root) => [...root.querySelectorAll(".manifest__stop, .manifest__name")].map((part) => part.textContent.trim()).join("|");

const swap = (page) => {
  const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("main");
  if (!fresh) return;
  const before = outline(main);
  const isOpen = main.querySelector("details")?.open;
  const had = main.contains(document.activeElement);
  main.replaceChildren(...fresh.childNodes);
  isChanged ||= outline(main) !== before;
  if (isOpen) main.querySelector("details")?.setAttribute("open", "");
  if (had) {
    // whoever works by keyboard or by ear goes on at what is next
    const target = main.querySelector("#next") ?? main;
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }
  offerPosition();
};

const renew = async () => {
  try {
    const answer = await fetch(here, { cache: "no-store", redirect: "manual", signal: reportQueue.patience() });
    if (answer.type === "opaqueredirect") link = "login";
    else if (answer.ok) {
      link = "ok";
      swap(await answer.text());
    } else if (answer.status >= 500) link = "offline";
  } catch {
    link = "offline";
  }
  lastRenewed = Date.now();
};

const work = async ({ now = false } = {}) => {
  clearTimeout(timer);
  const done = await reportQueue.flush({ now });
  if (done.state === "login") link = "login";
  else if (done.state === "offline") link = "offline";
  const left = new Set((await reportQueue.list()).map((report) => report.id));
  // another window, or the worker, has sent it: without a new list its button would be there again
  const isGone = [...waited].some((id) => !left.has(id));
  if (done.sent || isGone || now || link === "offline" || Date.now() - lastRenewed >= RENEW_MS) await renew();
  await show();
  const patience = link === "offline" ? 5000 : RENEW_MS;
  timer = setTimeout(work, Math.max(500, Math.min(done.waitMs ?? Infinity, patience)));
};

// ---- what the driver does

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.said) return;
  event.preventDefault();
  const at = Date.now();
  const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "id"));
  if (position && fields.kind === "breakdown") Object.assign(fields, position);
  const report = { id: newId(), path: new URL(form.action).pathname, fields, said: form.dataset.said, at, notBefore: at + GRACE_MS };
  try {
    await reportQueue.add(report);
  } catch {
    form.submit(); // no place to keep it: send it as it would go without this script
    return;
  }
  isChanged = false;
  await show();
  main.querySelector(`[data-waits="${report.id}"] button`)?.focus({ preventScroll: true });
  const registration = await navigator.serviceWorker?.getRegistration?.(here);
  registration?.sync?.register("reports").catch(() => undefined);
  clearTimeout(timer);
  timer = setTimeout(work, GRACE_MS + 100);
});

// Nobody who takes the telephone next reads the names of these riders.
document.querySelector('form[action="/staff/logout"]')?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const waiting = (await reportQueue.list()).filter((report) => !report.refused).length;
  if (waiting && !confirm(fill(texts.leave, { count: waiting }))) return;
  await caches?.delete("manifest-pages");
  form.submit();
});

for (const name of ["online", "pageshow"]) window.addEventListener(name, () => work({ now: true }));
document.addEventListener("visibilitychange", () => { if (!document.hidden) work({ now: true }); });

// ---- the position: only on this run, only after the driver has said so

let watching = null;
let lastSent = 0;

const sendPosition = async ({ coords }) => {
  position = { lon: coords.longitude.toFixed(5), lat: coords.latitude.toFixed(5) };
  const box = document.getElementById("position");
  if (!box || Date.now() > Number(box.dataset.until)) return stopPosition();
  if (Date.now() - lastSent < POSITION_MS || Date.now() < Number(box.dataset.from)) return undefined;
  lastSent = Date.now();
  const form = new URLSearchParams({ id: newId(), kind: "position", ...position });
  try {
    const answer = await fetch(`${here}/reports`, { method: "POST", body: form, redirect: "manual", headers: { Accept: "application/json" } });
    if (answer.ok) box.querySelector("output").value = fill(texts.sent, { time: clock(lastSent) });
  } catch {
    // the next one will do
  }
  return undefined;
};

const stopPosition = () => {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
  position = null;
};

function offerPosition() {
  const box = document.getElementById("position");
  if (!box || !navigator.geolocation) return;
  box.hidden = false;
  const tick = box.querySelector("input");
  tick.checked = localStorage.getItem("rufnetz-position") === here;
  const set = () => {
    if (tick.checked && watching === null) {
      watching = navigator.geolocation.watchPosition(sendPosition, () => { tick.checked = false; stopPosition(); }, { enableHighAccuracy: true });
    } else if (!tick.checked) stopPosition();
  };
  tick.addEventListener("change", () => {
    if (tick.checked) localStorage.setItem("rufnetz-position", here);
    else localStorage.removeItem("rufnetz-position");
    set();
  });
  set();
}

// ---- without a network

const keepForLater = async () => {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register(WORKER, { scope: "/staff/manifest" });
  const ready = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => new URL(name).pathname.startsWith("/static/"));
  (registration.active ?? ready.active)?.postMessage({ page: location.href, files: [...new Set(files)] });
};

offerPosition();
show();
work({ now: true });
keepForLater().catch(() => undefined);
