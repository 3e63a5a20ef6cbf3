// Once a session is over, nothing of it stays on a screen: not in another tab, and not when somebody goes back to it.
// Every page asks now and then whether its session goes on, which does not make it longer.
(() => {
  const ASK_SECONDS = 20;
  const LOST_SECONDS = 60;
  let answeredAt = Date.now();
  let isAsking = false;

  function leave() {
    const way = document.createElement("a");
    way.href = `/sign-in?to=${encodeURIComponent(window.location.pathname + window.location.search)}`;
    way.textContent = "Your session has ended: sign in.";
    document.title = "Your session has ended - MATAC board";
    document.body.replaceChildren(way);
    window.location.replace(way.href);
  }

  function say(words) {
    const known = document.getElementById("mat-ending");
    if (known && (!words || known.textContent !== words)) known.remove();
    if (!words || (known && known.isConnected)) return;
    const made = document.createElement("section");
    const said = document.createElement("p");
    made.id = "mat-ending";
    made.className = "mat-staying";
    made.setAttribute("aria-label", "Your connection");
    said.setAttribute("role", "status");
    said.textContent = words;
    made.append(said);
    document.body.prepend(made);
  }

  function sayLost() {
    if (Date.now() - answeredAt < LOST_SECONDS * 1000) return;
    const at = new Date(answeredAt).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    say(`The board has not answered since ${at}. What you see here is as it was then, and nothing that you do now is saved until it answers again.`);
  }

  async function ask() {
    if (isAsking || !document.body) return;
    isAsking = true;
    try {
      const answer = await fetch("/session/still");
      if (answer.status === 401) leave();
      else if (answer.status >= 500) sayLost();
      else {
        answeredAt = Date.now();
        say(answer.status === 429 ? await answer.text() : "");
      }
    } catch {
      sayLost();
    } finally {
      isAsking = false;
    }
  }

  // The board closes the connection of a page whose session is over, and then there is no need to wait.
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", ask);
    }
  };
  // A page that the browser kept whole is not shown again before it is asked for anew.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.body.replaceChildren();
    window.location.reload();
  });
  document.addEventListener("mat:ended", leave);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  window.setInterval(ask, ASK_SECONDS * 1000);
})();
