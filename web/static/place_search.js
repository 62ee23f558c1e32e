// Suggestions while a place is typed. Without this module the server asks "which place?" on a page of its own.
const texts = document.getElementById("place-search").dataset;
const WAIT_MS = 150;
const MIN_LETTERS = 2;

const escapeHtml = (text) => {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
};

// one running search per field: a newer one ends the older one
const searcher = () => {
  let running = new AbortController();
  return async (text, show) => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      await new Promise((resolve) => { setTimeout(resolve, WAIT_MS); });
      if (signal.aborted) return;
      const answer = await fetch("/api/v1/places/search", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text }),
        signal,
      });
      show(answer.ok ? await answer.json() : []);
    } catch (fault) {
      if (fault.name !== "AbortError") show([]);
    }
  };
};

// the component rewrites aria-describedby while it works; hint and error have to stay in it
const keepDescription = (input, ids) => {
  const restore = () => {
    const present = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
    const missing = ids.filter((id) => !present.includes(id));
    if (missing.length) input.setAttribute("aria-describedby", [...missing, ...present].join(" "));
  };
  new MutationObserver(restore).observe(input, { attributeFilter: ["aria-describedby"] });
  restore();
};

const enhance = (field) => {
  const plain = document.getElementById(field);
  const choice = document.querySelector(`input[name="${field}_choice"]`);
  const described = (plain.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  const isInvalid = plain.getAttribute("aria-invalid") === "true";
  const container = document.createElement("div");
  container.className = "place-search";
  plain.replaceWith(container);
  window.accessibleAutocomplete({
    element: container,
    id: field,
    name: field,
    defaultValue: plain.value,
    source: searcher(),
    minLength: MIN_LETTERS,
    confirmOnBlur: false,
    // it would say "nothing found" while the search is still under way; the server says it when it is true
    showNoOptionsFound: false,
    inputClasses: plain.className,
    templates: {
      inputValue: (hit) => hit?.label ?? "",
      suggestion: (hit) => `<bdi lang="de">${escapeHtml(hit.label ?? hit)}</bdi>`,
    },
    onConfirm: (hit) => {
      if (!hit) return;
      const { label, lon, lat, stop_id } = hit;
      choice.value = JSON.stringify({ label, lon, lat, stop_id });
    },
    tStatusNoResults: () => texts.none,
    tStatusQueryTooShort: () => "",
    tStatusSelectedOption: (selected) => `${selected} ${texts.selected}`,
    tStatusResults: (length, selected) => `${texts.many.replace("#", length)} ${selected}`,
    tAssistiveHint: () => texts.hint,
  });
  const input = document.getElementById(field);
  input.setAttribute("autocomplete", "off");
  if (isInvalid) input.setAttribute("aria-invalid", "true");
  keepDescription(input, described);
};

if (window.accessibleAutocomplete) ["origin", "destination"].forEach(enhance);
