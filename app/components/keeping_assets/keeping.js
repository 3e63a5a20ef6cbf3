// While somebody types in a field of the page, what stands in it is sent to the board every few seconds, and is back
// there after whatever happens to the browser. Nothing is kept in the browser itself.
const PAUSE = 1500;
const LONGEST_WAIT = 5000;

export default function ({ data, parentElement, setStateValue }) {
  const said = parentElement.querySelector(".mat-keeping");
  const within = `.st-key-${data.field}`;
  const field = () => document.querySelector(`${within} textarea`);
  let waiting = 0;
  let since = 0;
  const send = () => {
    clearTimeout(waiting);
    since = 0;
    const now = field();
    if (now) setStateValue("draft", { place: data.place, text: now.value });
  };
  const typed = (event) => {
    if (!(event.target instanceof HTMLTextAreaElement) || !event.target.closest(within)) return;
    since = since || Date.now();
    said.textContent = "Being typed";
    clearTimeout(waiting);
    waiting = setTimeout(send, Math.max(0, Math.min(PAUSE, since + LONGEST_WAIT - Date.now())));
  };
  said.textContent = data.said;
  document.addEventListener("input", typed);
  if (data.takes !== undefined && parentElement.dataset.took !== String(data.takes)) {
    parentElement.dataset.took = String(data.takes);
    if (data.takes > 0) requestAnimationFrame(() => field()?.focus());
  }
  return () => {
    clearTimeout(waiting);
    document.removeEventListener("input", typed);
  };
}
