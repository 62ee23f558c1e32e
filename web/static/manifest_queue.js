// What a driver has reported and the service does not have yet. Kept on the telephone (IndexedDB), shared by the page
// and its service worker, hence a classic script. Every report has an id of its own, so that sending it twice is
// harmless, and the time at which its button was pressed.
const reportQueue = (() => {
  const RETRY_MS = [3000, 5000, 10000, 30000, 60000];
  const RETRIED = [408, 425, 429];

  // telephones of some years ago know no AbortSignal.timeout: they wait as long as their network does
  const patience = () => AbortSignal.timeout?.(20000);

  const open = () => new Promise((resolve, reject) => {
    const request = indexedDB.open("rufnetz-driver", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("reports", { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  const use = async (mode, act) => {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction("reports", mode);
        const request = act(transaction.objectStore("reports"));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };

  const list = async () => (await use("readonly", (store) => store.getAll())).sort((one, other) => one.at - other.at);
  const add = (report) => use("readwrite", (store) => store.put(report));
  const remove = (id) => use("readwrite", (store) => store.delete(id));

  const send = async (report) => {
    const form = new URLSearchParams({ ...report.fields, id: report.id });
    // how long ago, and not when: the clocks of telephones are wrong
    form.set("ago_s", String(Math.max(0, Math.round((Date.now() - report.at) / 1000))));
    const answer = await fetch(report.path, {
      method: "POST", body: form, redirect: "manual", headers: { Accept: "application/json" },
      signal: patience(),
    });
    if (answer.type === "opaqueredirect") return "login";
    if (answer.ok) return "kept";
    return answer.status < 500 && !RETRIED.includes(answer.status) ? "refused" : "later";
  };

  const sendInOrder = async () => {
    let sent = 0;
    for (const report of await list()) {
      if (report.refused) continue;
      const wait = Math.max(report.notBefore, report.retryAt ?? 0) - Date.now();
      if (wait > 0) return { sent, state: report.retryAt ? "offline" : "waiting", waitMs: wait };
      let said = "later";
      try {
        said = await send(report);
      } catch {
        // no network, or nobody answered: later
      }
      if (said === "kept") {
        await remove(report.id);
        sent += 1;
      } else if (said === "refused") {
        await add({ ...report, refused: true });
        sent += 1;
      } else {
        const tries = report.tries ?? 0;
        const waitMs = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
        await add({ ...report, tries: tries + 1, retryAt: Date.now() + waitMs });
        return { sent, state: said === "login" ? "login" : "offline", waitMs };
      }
    }
    return { sent, state: "empty", waitMs: null };
  };

  // Two pages and the worker never send at the same time: what waits is sent in order, by one of them.
  const flush = ({ now = false } = {}) => {
    const act = async () => {
      if (now) {
        for (const report of await list()) if (report.retryAt) await add({ ...report, retryAt: 0 });
      }
      return sendInOrder();
    };
    return navigator.locks ? navigator.locks.request("rufnetz-reports", act) : act();
  };

  return { add, flush, list, patience, remove };
})();
