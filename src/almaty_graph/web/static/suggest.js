// Suggests what a search field may mean as it is typed: an editable combobox with a listbox (WAI-ARIA APG).
// Without this script the field is what it was, and Enter searches all the same.

const PAUSE = 150; // milliseconds without a key

for (const field of document.querySelectorAll('form[action="/search"] input[name=q]')) suggest(field);

function suggest(field) {
  const list = element("ul", { class: "suggestions", id: `${field.name}-suggestions`, role: "listbox", "aria-label": "Suggestions", hidden: "" });
  const status = element("span", { class: "unseen", role: "status" });
  field.after(list, status);
  assign(field, { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": list.id });
  expand(false);
  let [rows, chosen, waiting, asking] = [[], -1, 0, null];

  const isOpen = () => !list.hidden;
  const leave = () => {
    clearTimeout(waiting);
    asking?.abort();
  };

  function expand(isExpanded) {
    list.hidden = !isExpanded;
    field.setAttribute("aria-expanded", String(isExpanded));
  }

  function close() {
    leave();
    choose(-1);
    expand(false);
    status.textContent = "";
  }

  // The reader's place: -1 is the field itself.
  function choose(place) {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = place;
    const option = list.children[place];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function show(found) {
    rows = found;
    list.replaceChildren(...rows.map((row, place) => optionOf(row, `${list.id}-${place}`)));
    chosen = -1;
    choose(-1);
    expand(rows.length > 0);
    const many = rows.length === 1 ? "1 suggestion" : `${rows.length || "No"} suggestions`;
    status.textContent = rows.length ? `${many}; arrow keys choose, Enter opens.` : `${many}.`;
  }

  async function ask() {
    leave();
    const text = field.value.trim();
    if (text.length < 2) return close();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const reply = await fetch(`/search/suggest?${new URLSearchParams({ q: text })}`, { signal });
      const found = reply.ok ? (await reply.json()).results : [];
      if (!signal.aborted) show(found);
    } catch {
      if (!signal.aborted) close(); // without an answer, the field does as without script
    }
  }

  function open({ link }) {
    close(); // for who comes back
    location.assign(link);
  }

  const keys = {
    ArrowDown: () => (isOpen() ? choose((chosen + 1) % rows.length) : ask()),
    ArrowUp: () => isOpen() && choose((chosen <= 0 ? rows.length : chosen) - 1),
    Enter: () => (chosen < 0 ? false : open(rows[chosen])),
    Escape: () => (isOpen() ? close() : leave() ?? false),
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key in keys) {
      if (keys[event.key]() !== false) event.preventDefault();
    } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) choose(-1);
  });
  field.addEventListener("input", () => {
    leave();
    choose(-1);
    waiting = setTimeout(ask, PAUSE);
  });
  field.addEventListener("blur", close);
  field.form.addEventListener("submit", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", ({ target }) => {
    const place = [...list.children].indexOf(target.closest("[role=option]"));
    if (place >= 0) open(rows[place]);
  });
}

function optionOf(row, id) {
  const kinds = row.classes.map(({ name }) => name).join(", ");
  const parts = [element("span", { class: "says", dir: "auto" }, row.label)];
  if (kinds) parts.push(" ", element("span", { class: "types" }, kinds));
  if (row.matched !== row.label) {
    const matched = element("span", { lang: row.language ?? "", dir: "auto" }, row.matched);
    parts.push(" ", element("span", { class: "matched" }, `${row.evidence}: `, matched));
  }
  return element("li", { id, role: "option", "aria-selected": "false" }, ...parts);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  assign(made, attributes);
  made.append(...children);
  return made;
}

function assign(to, attributes) {
  for (const [name, value] of Object.entries(attributes)) to.setAttribute(name, value);
}
