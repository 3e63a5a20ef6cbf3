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

// What a command has to say stands at the top: the page turns there once, when it is said.
let said = null;
new MutationObserver(() => {
  const now = document.querySelector(".stMain .mat-notice.mat-good");
  if (now && now !== said) toTheTop();
  said = now;
}).observe(document.documentElement, { childList: true, subtree: true });
