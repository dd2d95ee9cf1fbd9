// Makes the pages nicer; each of them works without it. No other host is asked for anything.
"use strict";

// Suggestions while one types: a combobox as WAI-ARIA describes it, over a plain text field.
let boxes = 0;
function suggest(input) {
  const list = document.createElement("ul");
  const id = `suggest-${++boxes}`;
  list.id = id;
  list.className = "suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  input.parentElement.classList.add("suggested");
  input.after(list);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  let active = -1, timer = 0, asked = 0;

  const options = () => [...list.children];
  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function point(to) {
    const all = options();
    if (!all.length) return;
    active = (to + all.length) % all.length;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    all[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[active].id);
  }
  function choose(option) {
    if (input.dataset.suggest === "item") {
      input.value = option.dataset.name;
      close();
    } else {
      location.assign(option.dataset.href);
    }
  }
  async function ask() {
    const text = input.value.trim();
    const mine = ++asked;
    if (text.length < 2) return close();
    const query = new URLSearchParams({ q: text });
    if (input.dataset.suggest === "item") query.set("among", "items");
    let found = [];
    try {
      const answer = await fetch(`/suggest?${query}`, { headers: { accept: "application/json" } });
      if (answer.ok) found = await answer.json();
    } catch { /* offline: the form still works */ }
    if (mine !== asked || document.activeElement !== input) return;
    list.replaceChildren(...found.map((hit, place) => {
      const option = document.createElement("li");
      option.id = `${id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.href = hit.href;
      option.dataset.name = hit.name;
      const kind = document.createElement("span");
      kind.textContent = hit.kind;
      option.append(hit.label, " ", kind);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(option); });
      return option;
    }));
    active = -1;
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
  }
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) ask(); else point(active + 1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); point(active - 1); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if (event.key === "Enter" && active >= 0) { event.preventDefault(); choose(options()[active]); }
  });
}

// SPARQL in colours: the text field lies over a copy of its text.
const TOKEN = /(#[^\n]*)|("""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(<[^<>\s]*>)|([?$]\w+)|\b(select|ask|construct|describe|where|from|named|prefix|base|distinct|reduced|order|by|asc|desc|limit|offset|group|having|optional|union|minus|graph|filter|exists|not|in|bind|as|values|service|undef|a|count|sum|min|max|avg|sample|group_concat|separator|str|lang|langmatches|datatype|bound|iri|uri|bnode|if|coalesce|concat|strlen|substr|ucase|lcase|contains|strstarts|strends|regex|replace|year|month|day|now|abs|round|ceil|floor|isiri|isblank|isliteral|true|false)\b(?!:)|([A-Za-z][\w.-]*:[\w.%-]*)/gi;
const NAMES = ["c", "s", "i", "v", "k", "p"];
function highlight(editor) {
  const area = editor.querySelector("textarea");
  const copy = document.createElement("pre");
  copy.setAttribute("aria-hidden", "true");
  editor.prepend(copy);
  editor.classList.add("live");
  function paint() {
    const text = area.value;
    const pieces = [];
    let last = 0;
    for (const match of text.matchAll(TOKEN)) {
      pieces.push(text.slice(last, match.index));
      const mark = document.createElement("span");
      mark.className = `tok-${NAMES[match.slice(1).findIndex((group) => group !== undefined)]}`;
      mark.textContent = match[0];
      pieces.push(mark);
      last = match.index + match[0].length;
    }
    copy.replaceChildren(...pieces, text.slice(last), "\n");
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${Math.max(area.scrollHeight, 352)}px`);
  }
  area.addEventListener("input", paint);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form.requestSubmit(); }
  });
  paint();
}

for (const input of document.querySelectorAll("[data-suggest]")) suggest(input);
for (const editor of document.querySelectorAll("[data-sparql]")) highlight(editor);
for (const field of document.querySelectorAll("[data-submit-on-change]")) field.addEventListener("change", () => field.form.requestSubmit());
for (const button of document.querySelectorAll("[data-print]")) { button.hidden = false; button.addEventListener("click", () => window.print()); }
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => { await navigator.clipboard.writeText(location.href); button.textContent = "Copied"; });
}
