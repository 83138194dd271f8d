// Says that a query runs, and calls it off by Escape or a button: the server then ends it.
// The page stays as it was until the answer comes, so stopping its load leaves everything in place.

for (const form of document.querySelectorAll('form[action="/sparql"]')) {
  if (form.elements.query?.localName === "textarea") watch(form);
}

function watch(form) {
  const run = form.querySelector("button[type=submit]");
  const words = JSON.parse(run.parentElement.dataset.words);
  const cancel = Object.assign(document.createElement("button"), { type: "button", textContent: words.cancel, hidden: true });
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  run.after(" ", cancel, " ", status);

  function show(isRunning, text) {
    if (!isRunning && cancel.contains(document.activeElement)) run.focus();
    cancel.hidden = !isRunning;
    status.textContent = text;
  }

  function stop() {
    window.stop();
    show(false, words.cancelled);
  }

  form.addEventListener("submit", () => show(true, words.running));
  cancel.addEventListener("click", stop);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !cancel.hidden) stop();
  });
  // Who comes back finds the page as it was left, in which nothing runs any more.
  window.addEventListener("pageshow", () => show(false, ""));
}
