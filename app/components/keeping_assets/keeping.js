// While somebody types in a field of the page, what stands in it is sent to the board every few seconds, and is back
// there after whatever happens to the browser. Nothing is kept in the browser itself.
//
// Streamlit calls the function below with every change, and lets it take back nothing before the field is gone. So one
// listener serves the page, for the field named last: never would what is typed at one case be sent for another.
const PAUSE = 1500;
const LONGEST_WAIT = 5000;
const AFTERWARDS = 100;
// By place, since when something stands in the field that was not sent.
const unsent = new Map();
// By place, how many lines were added when it was last drawn: after a new one the field takes the focus again, unless
// whoever added it has gone on to another part of the page meanwhile.
const added = new Map();
let named = null;
let waiting = 0;

const within = () => `.st-key-${named.data.field}`;
const field = () => document.querySelector(`${within()} textarea`);
const isIn = (event) => named && event.target instanceof HTMLTextAreaElement && event.target.closest(within());

function send() {
  clearTimeout(waiting);
  if (!named || !unsent.has(named.data.place)) return;
  unsent.delete(named.data.place);
  const now = field();
  if (now) named.setStateValue("draft", { place: named.data.place, text: now.value });
}

function wait() {
  clearTimeout(waiting);
  waiting = setTimeout(send, Math.max(0, Math.min(PAUSE, unsent.get(named.data.place) + LONGEST_WAIT - Date.now())));
}

function takeFocus() {
  const now = field();
  const at = document.activeElement;
  if (now && (at === document.body || now.closest("[data-testid=stForm]").contains(at))) now.focus();
}

function say(words) {
  const said = named.parentElement.querySelector(".mat-keeping");
  if (said && said.textContent !== words) said.textContent = words;
}

function note() {
  if (!unsent.has(named.data.place)) unsent.set(named.data.place, Date.now());
  say("Being typed");
  wait();
}

// A shortcut waits until what was typed is on its way. Streamlit sends both in one message if they come together, as of
// the field alone, and what the shortcut asks for is lost.
function beforeShortcut(event) {
  const isShortcut = event.altKey && event.shiftKey && !["Alt", "Shift"].includes(event.key);
  if (!isShortcut || !event.isTrusted || !named || !unsent.has(named.data.place)) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  send();
  setTimeout(() => event.target.dispatchEvent(new KeyboardEvent(event.type, event)), AFTERWARDS);
}

document.addEventListener("input", (event) => isIn(event) && note());
// Whoever leaves the field, or the case by a key, waits for nothing.
document.addEventListener("focusout", (event) => isIn(event) && send());
document.addEventListener("keydown", beforeShortcut, true);

export default function ({ data, parentElement, setStateValue }) {
  clearTimeout(waiting);
  const mine = { data, parentElement, setStateValue };
  named = mine;
  const stands = field();
  if (stands) stands.dataset.kept = ""; // It is filled by itself: what offers kept text passes it over.
  const words = stands ? stands.value.trim() : "";
  if (added.has(data.place) && added.get(data.place) !== data.takes) {
    unsent.delete(data.place);
    requestAnimationFrame(takeFocus);
  } else if (words && words !== data.text.trim() && !unsent.has(data.place)) {
    // What was typed before this listened, or since it was sent, counts as well; a field that the browser has not filled
    // yet does not.
    unsent.set(data.place, Date.now());
  }
  added.set(data.place, data.takes);
  if (unsent.has(data.place)) note();
  else say(data.said);
  return () => {
    if (named !== mine) return;
    clearTimeout(waiting);
    named = null;
  };
}
