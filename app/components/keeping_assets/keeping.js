// While somebody types in a field of the page, what stands in it is sent to the board every few seconds, and is back
// there after whatever happens to the browser. Nothing is kept in the browser itself.
const PAUSE = 1500;
const LONGEST_WAIT = 5000;
// By place, since when something stands in the field that was not sent: a component is made anew at any time.
const unsent = new Map();
// By place, how many lines were added when it was last drawn: after a new one the field takes the focus again.
const added = new Map();

export default function ({ data, parentElement, setStateValue }) {
  const said = parentElement.querySelector(".mat-keeping");
  const within = `.st-key-${data.field}`;
  const field = () => document.querySelector(`${within} textarea`);
  let waiting = 0;
  const send = () => {
    unsent.delete(data.place);
    const now = field();
    if (now) setStateValue("draft", { place: data.place, text: now.value });
  };
  const wait = () => {
    clearTimeout(waiting);
    waiting = setTimeout(send, Math.max(0, Math.min(PAUSE, unsent.get(data.place) + LONGEST_WAIT - Date.now())));
  };
  const typed = (event) => {
    if (!(event.target instanceof HTMLTextAreaElement) || !event.target.closest(within)) return;
    if (!unsent.has(data.place)) unsent.set(data.place, Date.now());
    said.textContent = "Being typed";
    wait();
  };
  if (added.get(data.place) !== data.takes) {
    unsent.delete(data.place);
    if (added.has(data.place)) requestAnimationFrame(() => field()?.focus());
    added.set(data.place, data.takes);
  }
  // What was typed before this listened, or since it was sent, counts as well.
  const stands = field();
  if (stands && stands.value.trim() !== data.text.trim() && !unsent.has(data.place)) unsent.set(data.place, Date.now());
  said.textContent = unsent.has(data.place) ? "Being typed" : data.said;
  if (unsent.has(data.place)) wait();
  document.addEventListener("input", typed);
  return () => {
    clearTimeout(waiting);
    document.removeEventListener("input", typed);
  };
}
