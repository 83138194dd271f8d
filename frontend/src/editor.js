// Makes an editor of a text area for SPARQL: colours, completion from this graph, mistakes marked where they are.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

import { prefixLine, suggestions } from "./completion.js";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.number, tags.bool], color: "var(--mark)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);
const look = EditorView.theme({
  "&": { border: "1px solid var(--line)", borderRadius: "var(--radius)", background: "var(--card)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "0.875rem", lineHeight: "1.45", minHeight: "15rem", maxHeight: "36rem" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--card)", color: "var(--soft)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in srgb, var(--quote) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 30%, transparent)",
  },
  // The stock marks are images in the style sheet, which the page's policy has no place for.
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--mark)" },
  ".cm-lint-marker-error": { content: "normal", background: "var(--mark)", borderRadius: "50%", width: "0.7em", height: "0.7em" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--mark)" },
  ".cm-tooltip": { background: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--accent-ink)" },
});

for (const area of document.querySelectorAll("textarea[name=query]")) edit(area);

for (const example of document.querySelectorAll("[data-query]")) {
  example.addEventListener("click", async (event) => {
    event.preventDefault();
    const detail = await (await fetch(example.dataset.query)).text();
    document.querySelector("textarea[name=query]").dispatchEvent(new CustomEvent("put", { detail }));
    scrollTo({ top: 0 });
  });
}

function edit(area) {
  const host = document.createElement("div");
  host.className = "editor";
  area.before(host);
  // In a shadow root the editor's style sheets need no exception of the page's policy.
  const root = host.attachShadow({ mode: "open" });
  const label = area.labels[0];
  const send = () => area.form.requestSubmit() ?? true;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [complete(() => view)] }),
        StreamLanguage.define(sparql),
        syntaxHighlighting(colours),
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label.textContent, spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) area.value = update.state.doc.toString();
        }),
        keymap.of([
          { key: "Mod-Enter", run: send },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
      ],
    }),
  });
  area.hidden = true;
  area.required = false; // what is hidden cannot say that it is empty
  label.htmlFor = "";
  label.addEventListener("click", () => view.focus());
  area.addEventListener("put", ({ detail }) => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: detail } });
    view.focus();
  });
  mark(view, area.dataset);
}

// Where the server has found a mistake: it counts lines and columns from 1.
function mark(view, { line, column, problem }) {
  if (!line || line > view.state.doc.lines) return;
  const at = view.state.doc.line(Number(line));
  const from = Math.min(at.from + Math.max(0, Number(column || 1) - 1), at.to);
  const found = { from, to: Math.max(from + 1, Math.min(from + 1, at.to)), severity: "error", message: problem };
  view.dispatch(setDiagnostics(view.state, [{ ...found, to: Math.min(found.to, view.state.doc.length) }]));
}

function complete(viewOf) {
  let known;
  return async (context) => {
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_-]*:?[\p{L}\p{N}_./-]*/u);
    if (!word || (word.to - word.from < 2 && !context.explicit)) return null;
    known ??= fetch("/completions.json").then((reply) => (reply.ok ? reply.json() : { prefixes: {}, terms: [] }));
    const found = suggestions(await known, word.text);
    const options = found.map((term) => ({
      label: term.name,
      detail: term.label,
      type: term.kind,
      apply: (view, _, from, to) => insert(view, term, from, to),
    }));
    return options.length ? { from: word.from, options, filter: false } : null;
  };

  async function insert(view, term, from, to) {
    const { prefixes } = await known;
    const line = prefixLine(prefixes, term.name, view.state.doc.toString());
    const changes = [{ from, to, insert: term.name }];
    if (line) changes.push({ from: 0, insert: line });
    const end = from + term.name.length + (line?.length ?? 0);
    view.dispatch({ changes, selection: { anchor: end } });
  }
}
