// Answers queries in the page itself: a worker has the dataset, this lays out what it says.

const form = document.getElementById("here");
const [query, cancel, status, answer] = ["query", "cancel", "status", "answer"].map((id) => document.getElementById(id));
const BASE = "https://w3id.org/almaty-process/";
// What is said, in the language of the page, by what it is in English.
const words = JSON.parse(document.getElementById("words").textContent);
const plural = new Intl.PluralRules(document.documentElement.lang);
let worker = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
query.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !cancel.hidden) stop(words["Cancelled."]);
});
cancel.addEventListener("click", () => stop(words["Cancelled."]));

const asked = new URLSearchParams(location.search).get("query");
if (asked) {
  query.value = asked;
  run();
}

function run() {
  if (!query.value.trim()) return;
  stop(words["Loading the dataset …"]);
  history.replaceState(null, "", `?${new URLSearchParams({ query: query.value })}`);
  worker ??= begin();
  cancel.hidden = false;
  worker.postMessage(query.value);
}

function begin() {
  const begun = new Worker("/static/sparql-here-worker.js", { type: "module" });
  begun.addEventListener("message", ({ data }) => show(data));
  begun.addEventListener("error", () => show({ error: words["The engine could not be started: this browser may be too old for WebAssembly."] }));
  return begun;
}

// A worker that is at work knows no other way to be told.
function stop(message) {
  if (!cancel.hidden) {
    worker.terminate();
    worker = null;
  }
  cancel.hidden = true;
  answer.replaceChildren();
  status.textContent = message;
}

function show({ state, error, kind, text, seconds }) {
  if (state) {
    status.textContent = words[state] ?? state;
    return;
  }
  cancel.hidden = true;
  status.textContent = error ?? "";
  status.classList.toggle("note", Boolean(error));
  if (error) return;
  if (kind === "table") showTable(JSON.parse(text), seconds);
  else {
    status.textContent = told(words.Answered, seconds);
    answer.replaceChildren(element("pre", { className: "graph", tabIndex: 0 }, text), offer(text, "answer.ttl", "text/turtle"));
  }
}

function showTable(found, seconds) {
  if ("boolean" in found) {
    status.textContent = told(found.boolean ? words.Yes : words.No, seconds);
    return;
  }
  const columns = found.head.vars;
  const rows = found.results.bindings;
  status.textContent = told(`${rows.length} ${words.rows[plural.select(rows.length)]}`, seconds);
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((row) => element("tr", {}, ...columns.map((name) => element("td", {}, cell(row[name])))));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  const scroll = element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: words["The answer"] }, table);
  const file = [columns, ...rows.map((row) => columns.map((name) => row[name]?.value ?? ""))];
  answer.replaceChildren(scroll, offer(file.map(line).join(""), "answer.csv", "text/csv"));
}

function told(what, seconds) {
  return `${what}, ${words["in SECONDS s."].replace("SECONDS", seconds.toFixed(2))}`;
}

function cell(term) {
  if (!term) return "";
  if (term.type !== "uri") return term.value;
  if (!/^https?:/.test(term.value)) return term.value;
  const href = term.value.startsWith(BASE) ? term.value.slice(BASE.length - 1) : term.value;
  return element("a", { href }, term.value.startsWith(BASE) ? term.value.slice(BASE.length) : term.value);
}

// RFC 4180, as SPARQL 1.1 Query Results CSV has it.
function line(values) {
  const quoted = values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value));
  return `${quoted.join(",")}\r\n`;
}

function offer(text, name, type) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  return element("p", { className: "formats" }, element("a", { href, download: name }, `${words["Download as"]} ${name}`));
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
