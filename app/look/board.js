// The board lies at the root of its address, whichever page is opened first.
window.__streamlit = { BACKEND_BASE_URL: `${window.location.origin}/` };

// A link of a page to another page of the board is a step inside it, not a new load of everything.
// Without this script, with a key held down, or in another tab, it is an ordinary link.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.go") : null;
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const to = new URL(link.href, window.location.href);
  if (to.origin !== window.location.origin) return;
  event.preventDefault();
  window.history.pushState({}, "", to.pathname + to.search);
  window.dispatchEvent(new PopStateEvent("popstate"));
  toTheTop();
});

function toTheTop() {
  (document.querySelector(".stMain") ?? window).scrollTo(0, 0);
}

function isTyping() {
  const field = document.activeElement;
  return field instanceof HTMLTextAreaElement && field.value !== "";
}

// What a command has to say stands at the top: the page turns there once, when it is said; not under the hands of
// somebody who types on already.
let said = null;
new MutationObserver(() => {
  const now = document.querySelector(".stMain .mat-done .mat-notice");
  if (now && now !== said && !isTyping()) toTheTop();
  said = now;
}).observe(document.documentElement, { childList: true, subtree: true });

// A link into the page leads to the first field of the part it names, or to its heading. Alt+Shift and its letter do
// the same from anywhere on the page.
const FIELDS = "textarea, input, button, a[href], [tabindex]";
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.to") : null;
  if (!link) return;
  const part = document.querySelector(`.st-key-${CSS.escape(link.dataset.to)}`);
  const field = part && [...part.querySelectorAll(FIELDS)].find((each) => each.getClientRects().length > 0);
  if (!field) return;
  event.preventDefault();
  field.focus();
  part.scrollIntoView({ block: "start" });
});
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey || !event.code.startsWith("Key")) return;
  const link = document.querySelector(`a[data-key="${event.code.slice(3).toLowerCase()}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
