/* Warns two minutes before the session ends, and lets its reader stay signed in. Without this file the foot of every
   page still says until when it lasts, and a form that comes too late is kept for its sender. */
(function () {
  "use strict";
  const line = document.getElementById("session");
  const warning = document.getElementById("session-ending");
  if (!line || !warning) return;
  const ahead = 120;
  const form = warning.querySelector("form");
  let timer = 0;

  function say(words, canStay) {
    warning.querySelector("p").textContent = words;
    form.hidden = !canStay;
    warning.hidden = false;
  }

  function told(left) {
    window.clearTimeout(timer);
    const kept = "What you enter on this page is kept for you if you send it later.";
    if (left.seconds > ahead) {
      warning.hidden = true;
      timer = window.setTimeout(ask, (left.seconds - ahead) * 1000);
      return;
    }
    if (left.seconds > 0) {
      const minutes = Math.ceil(left.seconds / 60);
      say(`You are signed out in ${minutes === 1 ? "a minute" : minutes + " minutes"}. ${kept}`, !left.last);
      timer = window.setTimeout(ask, (left.seconds % 60 || 60) * 1000);
    } else {
      say(`You are signed out. ${kept}`, false);
    }
  }

  /* Another tab may have made it longer: only the server knows. */
  function ask() {
    window.clearTimeout(timer);
    fetch(line.dataset.ask, { headers: { Accept: "application/json" }, cache: "no-store" })
      .then((answer) => answer.json())
      .then(told)
      .catch(() => {
        say("Loopclose cannot be reached. What you enter is not kept now.", false);
        timer = window.setTimeout(ask, 60 * 1000);
      });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form) })
      .then((answer) => (answer.redirected || !answer.ok ? { seconds: 0, last: true } : answer.json()))
      .then(told)
      .catch(ask);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
  told({ seconds: Number(line.dataset.seconds), last: false });
})();
