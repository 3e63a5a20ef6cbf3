// How long a case has been on the table against the minutes planned: counted here, told in words, without a sound.
const two = (number) => String(number).padStart(2, "0");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))}`;
// What ticks in each place. Streamlit calls the function below with every change and lets it take back nothing before
// the clock is gone: the clock of the case before would go on in the same place, and one that stands would still run.
const ticking = new WeakMap();

export default function ({ data, parentElement }) {
  clearInterval(ticking.get(parentElement));
  const root = parentElement.querySelector(".mat-clock");
  if (!root) return undefined;
  const said = root.querySelector(".mat-clock-said");
  const bar = root.querySelector(".mat-clock-bar");
  const planned = data.minutes * 60;
  const from = performance.now();
  root.setAttribute("aria-label", data.about);
  bar.max = planned;
  const draw = () => {
    const gone = data.elapsed + (data.runs ? (performance.now() - from) / 1000 : 0);
    const over = gone - planned;
    root.classList.toggle("mat-over", over > 0);
    bar.value = Math.min(gone, planned);
    const rest = over > 0 ? `${clock(over)} over` : `${clock(-over)} left`;
    said.textContent = `${clock(gone)} of ${data.minutes} minutes, ${rest}`;
  };
  draw();
  if (data.runs) ticking.set(parentElement, setInterval(draw, 1000));
  return () => clearInterval(ticking.get(parentElement));
}
