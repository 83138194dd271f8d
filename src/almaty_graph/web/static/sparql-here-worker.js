// Has the dataset in a store of its own, and answers one query after another.

import start, { Store } from "/static/packages/oxigraph/web.js";

const opened = open();
opened.catch(() => {}); // it is told to whoever asks

self.addEventListener("message", async ({ data }) => {
  try {
    const store = await opened;
    const begun = performance.now();
    self.postMessage({ state: "Running …" });
    const answer = ask(store, data);
    self.postMessage({ ...answer, seconds: (performance.now() - begun) / 1000 });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
});

async function open() {
  const [quads, triples] = await Promise.all([fetched("/dump/dataset.nq"), fetched("/dump/dataset.nt"), start()]);
  const store = new Store();
  store.load(quads, { format: "application/n-quads", no_transaction: true });
  // The default graph has every statement once, whichever graphs it stands in.
  store.load(triples, { format: "application/n-triples", no_transaction: true });
  return store;
}

async function fetched(path) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error(`The dataset could not be loaded: ${path} answers ${reply.status}.`);
  return reply.text();
}

// What kind of answer a query has, the store says by refusing a format that is none for it.
function ask(store, query) {
  try {
    return { kind: "table", text: store.query(query, { results_format: "application/sparql-results+json" }) };
  } catch (error) {
    if (!String(error).includes("Not supported RDF format")) throw error;
    return { kind: "graph", text: store.query(query, { results_format: "text/turtle" }) };
  }
}
