// Two minutes before a session ends every tab says so, and offers to stay; typing keeps the session up by itself.
// What stands typed and unsent in long fields is noted with the board, never in this browser, and offered again to the
// same person when they sign in within the hour.
(() => {
  const WARN_SECONDS = 120;
  const BEAT_SECONDS = 20;
  const POLL_SECONDS = 5;
  const typedIn = new WeakSet();
  let hasTyped = false;
  let noted = { page: "", texts: "{}" };
  let timer = 0;
  let offered = "";

  const here = () => window.location.pathname + window.location.search;

  function make(name, words, parts = []) {
    const made = document.createElement(name);
    if (words) made.textContent = words;
    made.append(...parts);
    return made;
  }

  function button(words, press) {
    const made = make("button", words);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  function box(id, label) {
    const known = document.getElementById(id);
    if (known) return known;
    const made = make("section");
    made.id = id;
    made.className = "mat-staying";
    made.setAttribute("aria-label", label);
    document.body.prepend(made);
    return made;
  }

  function close(id) {
    const known = document.getElementById(id);
    if (known) known.remove();
  }

  function fields() {
    const counted = new Map();
    const found = [];
    for (const field of document.querySelectorAll("textarea")) {
      const label = field.getAttribute("aria-label") || field.id || "text";
      const number = (counted.get(label) || 0) + 1;
      counted.set(label, number);
      found.push([number === 1 ? label : `${label} (${number})`, field]);
    }
    return found;
  }

  function unsent() {
    const texts = {};
    for (const [name, field] of fields())
      if (typedIn.has(field) && !("kept" in field.dataset) && field.value.trim()) texts[name] = field.value;
    return texts;
  }

  async function ask(path, said) {
    const options = said && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(said) };
    let answer;
    try {
      answer = await fetch(path, options || {});
    } catch {
      return; // The connection is lost: Streamlit says so, and the next time is asked again.
    }
    if (answer.status === 401) document.dispatchEvent(new Event("mat:ended")); // ending.js empties the page and leaves.
    else if (answer.ok) follow(await answer.json());
  }

  const check = () => ask(`/session?page=${encodeURIComponent(here())}`);
  const stay = (isDoing) => ask("/session/stay", { page: here(), is_doing: isDoing, texts: unsent() });

  function follow({ ends_in: endsIn, can_stay: canStay, kept }) {
    window.clearTimeout(timer);
    if (endsIn > WARN_SECONDS) close("mat-staying");
    else warn(endsIn, canStay);
    const next = endsIn > WARN_SECONDS ? endsIn - WARN_SECONDS : Math.min(POLL_SECONDS, endsIn);
    timer = window.setTimeout(check, Math.max(next, 0) * 1000 + 500);
    offer(kept);
  }

  function warn(endsIn, canStay) {
    if (document.getElementById("mat-staying")) return;
    const at = new Date(Date.now() + endsIn * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const why = canStay
      ? `You will be signed out at ${at}, because nothing has been done here for a while. What you typed in long fields is kept for you for an hour.`
      : `You will be signed out at ${at}: a session lasts ten hours at most. Save what you are doing now.`;
    const made = box("mat-staying", "Your session");
    const said = make("p", why);
    said.setAttribute("role", "alert");
    made.append(said);
    if (canStay) made.append(button("Stay signed in", () => stay(true)));
    stay(false);
  }

  function offer(kept) {
    const names = Object.keys(kept);
    const key = names.length ? here() : "";
    if (!key || key === offered) return;
    offered = key;
    const made = box("mat-kept", "What you had typed");
    made.append(make("p", "When your session ended, this stood typed here and was not sent:"));
    for (const name of names) {
      const words = make("textarea");
      words.value = kept[name];
      words.readOnly = true;
      words.rows = 3;
      words.className = "mat-kept";
      words.setAttribute("aria-label", `Kept: ${name}`);
      made.append(make("p", name), words);
    }
    const done = () => {
      close("mat-kept");
      ask("/session/stay", { page: here(), is_doing: true, texts: unsent() });
    };
    made.append(
      button("Put it back", () => {
        const missing = names.filter((name) => !putBack(name, kept[name]));
        if (missing.length) made.append(make("p", `There is no field here now for: ${missing.join(", ")}. Copy it from above.`));
        else done();
      }),
      button("Throw it away", done),
    );
  }

  function putBack(name, words) {
    const found = fields().find(([each, field]) => each === name && !field.readOnly);
    if (!found) return false;
    const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    found[1].focus();
    set.call(found[1], words);
    found[1].dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  function beat() {
    const page = here();
    if (noted.page && noted.page !== page && noted.texts !== "{}")
      ask("/session/stay", { page: noted.page, is_doing: false, texts: {} });
    const texts = JSON.stringify(unsent());
    if (hasTyped || (noted.page === page && noted.texts !== texts)) stay(hasTyped);
    if (noted.page !== page) {
      close("mat-kept");
      check();
    }
    hasTyped = false;
    noted = { page, texts };
  }

  document.addEventListener("input", (event) => {
    hasTyped = true;
    if (event.target instanceof HTMLTextAreaElement) typedIn.add(event.target);
  });
  document.addEventListener("visibilitychange", () => document.hidden || check());
  window.addEventListener("load", () => {
    noted = { page: here(), texts: "{}" };
    check();
    window.setInterval(beat, BEAT_SECONDS * 1000);
  });
})();
