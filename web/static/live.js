// A page of a day renews itself when the service says that there is something new. Without this script there is a link.
const box = document.getElementById("live");
const main = document.getElementById("main");
const map = document.getElementById("map");

let source = null;
let isRenewing = false;
let isWaiting = false;
let said = box.dataset.said;
let lastRenewed = 0;

const REST_MS = 2000; // a day on which much happens is not drawn anew all the time
const here = box.dataset.page || location.href;

const say = (text) => { document.getElementById("live-said").textContent = text; };

// what the keyboard stands on, to be found again in the new page
const keyOf = (element) => {
  if (!element || element === document.body || !main.contains(element)) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  if (href) return `[href="${CSS.escape(href)}"]`;
  const form = element.closest("form");
  if (form && element.name) return `form[action="${CSS.escape(form.getAttribute("action"))}"] [name="${CSS.escape(element.name)}"]`;
  return null;
};

const isTyping = () => main.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden]), select, textarea");

const swap = (page) => {
  const fresh = new DOMParser().parseFromString(page, "text/html");
  const next = fresh.getElementById("main");
  const nextBox = fresh.getElementById("live");
  if (!next || !nextBox) { location.reload(); return; }
  const key = keyOf(document.activeElement);
  const scrolled = [...main.querySelectorAll("[tabindex='0']")].map((part) => [part.scrollLeft, part.scrollTop]);
  const open = [...main.querySelectorAll("details[open] > summary")].map((part) => part.textContent);
  const place = [scrollX, scrollY];
  if (map) {
    // the map stays; what it shows is fetched anew
    for (const name of ["day-head", "alerts-link", "counters"]) {
      const [old, now] = [main.querySelector(`.${name}`), next.querySelector(`.${name}`)];
      if (old && now) old.replaceWith(now);
    }
    document.dispatchEvent(new CustomEvent("day-changed"));
  } else {
    main.replaceChildren(...next.childNodes);
    [...main.querySelectorAll("[tabindex='0']")].forEach((part, index) => {
      if (scrolled[index]) [part.scrollLeft, part.scrollTop] = scrolled[index];
    });
    for (const summary of main.querySelectorAll("details > summary")) {
      if (open.includes(summary.textContent)) summary.parentElement.open = true;
    }
    if (key) main.querySelector(key)?.focus({ preventScroll: true });
    scrollTo(...place);
  }
  box.dataset.state = nextBox.dataset.state;
  if (nextBox.dataset.said !== said) {
    said = nextBox.dataset.said;
    say(said);
  }
};

const renew = async () => {
  // nothing is taken from under somebody's fingers
  if (isRenewing || isTyping()) { isWaiting = true; return; }
  const rest = lastRenewed + REST_MS - Date.now();
  if (rest > 0) {
    if (!isWaiting) setTimeout(renew, rest);
    isWaiting = true;
    return;
  }
  lastRenewed = Date.now();
  isRenewing = true;
  isWaiting = false;
  try {
    const answer = await fetch(here, { cache: "no-store", redirect: "manual" });
    if (answer.type === "opaqueredirect") location.reload();
    else if (answer.ok) swap(await answer.text());
  } catch {
    isWaiting = true; // the next event brings it
  } finally {
    isRenewing = false;
  }
  if (isWaiting && !isTyping()) setTimeout(renew, REST_MS);
};

const listen = () => {
  source = new EventSource(`${box.dataset.stream}?seen=${encodeURIComponent(box.dataset.state)}`);
  source.addEventListener("changed", renew);
  source.addEventListener("open", () => {
    box.classList.remove("live--off");
    if (isWaiting) renew();
  });
  source.addEventListener("error", () => {
    box.classList.add("live--off");
    // an answer that is no stream ends it for good: ask again, as after a break of the line
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  });
};

main.addEventListener("focusout", () => { if (isWaiting) setTimeout(renew, 200); });
listen();
