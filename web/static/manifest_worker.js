// Keeps the lists of runs that a driver has opened, for when there is no network; sends what was reported meanwhile.
importScripts("/static/manifest_queue.js");

const PAGES = "manifest-pages";
const FILES = "manifest-files";
const OFFLINE = "/staff/manifest-offline";
const MANIFESTS = "/staff/manifest/";
const PATIENCE_MS = 4000;
const KEPT_MS = 36 * 3600 * 1000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((files) => files.add(OFFLINE)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const plain = (address) => {
  const url = new URL(address);
  return url.origin + url.pathname;
};

// Names and telephone numbers stay no longer than they are needed.
const forgetOld = async (pages) => {
  for (const request of await pages.keys()) {
    const kept = await pages.match(request);
    if (Date.now() - Date.parse(kept.headers.get("date") ?? 0) > KEPT_MS) await pages.delete(request);
  }
};

const keepPage = async (address, response) => {
  const pages = await caches.open(PAGES);
  await pages.put(plain(address), response);
  await forgetOld(pages);
};

const kept = async (address) => (await caches.open(PAGES)).match(plain(address));

const fromNetwork = async (event) => {
  const { request } = event;
  const asked = fetch(request).then((response) => {
    if (response.ok && response.type === "basic") event.waitUntil(keepPage(request.url, response.clone()));
    return response;
  });
  event.waitUntil(asked.catch(() => undefined));
  const impatient = new Promise((resolve) => {
    setTimeout(async () => { const page = await kept(request.url); if (page) resolve(page); }, PATIENCE_MS);
  });
  try {
    const response = await Promise.race([asked, impatient]);
    return response.status >= 500 ? (await kept(request.url)) ?? response : response;
  } catch {
    return (await kept(request.url)) ?? (await (await caches.open(FILES)).match(OFFLINE)) ?? Response.error();
  }
};

// Addresses of files change with their content, so that what is kept is never too old.
const fromFiles = async (request) => {
  const files = await caches.open(FILES);
  const known = await files.match(request);
  if (known) return known;
  const response = await fetch(request);
  const lasts = response.headers.get("cache-control")?.includes("immutable");
  if (response.ok && lasts) await files.put(request, response.clone());
  return response;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fromFiles(request));
  else if (request.mode === "navigate" && url.pathname.startsWith(MANIFESTS)) event.respondWith(fromNetwork(event));
});

// The first page was loaded before there was a worker: it says what it is made of.
self.addEventListener("message", (event) => {
  const { page, files } = event.data;
  const keep = async () => {
    const store = await caches.open(FILES);
    await Promise.allSettled(files.map(async (file) => (await store.match(file)) ?? store.add(file)));
    if (page && !(await kept(page))) {
      const response = await fetch(page);
      if (response.ok && !response.redirected) await keepPage(page, response);
    }
  };
  event.waitUntil(keep());
});

self.addEventListener("sync", (event) => {
  if (event.tag === "reports") event.waitUntil(reportQueue.flush({ now: true }));
});
