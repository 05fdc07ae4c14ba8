// Runs once for each panel of ours, inside Gradio's HTML component, which hands in:
//   element  the panel's root           trigger(name, data)  sends an event to the server
// An element with data-do sends that event with its other data attributes; one with data-local
// is handled here. The events the server listens to:
const SERVER_EVENTS = ["cite", "near", "read", "example_select", "tick", "untick", "remove_article", "turn_page", "retry", "edit", "vote", "fresh", "download", "search_as", "choose", "open_talk", "rename_talk", "delete_talk"];

const panelOf = (name) => document.getElementById(`panel-${name}`);
const isNarrow = () => window.matchMedia("(max-width: 899px)").matches;
const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const behavior = () => (isCalm() ? "auto" : "smooth");

// ---------------------------------------------------------------- drawers (on narrow screens; the talks always)

function openDrawer(name) {
  closeDrawers(false);
  const panel = panelOf(name);
  if (!panel || !(isNarrow() || name === "talks")) return;
  document.body.dataset.drawer = name;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-modal", "true");
  setBehindInert(panel, true);
  document.querySelectorAll(`[data-panel="${name}"]`).forEach((it) => it.setAttribute("aria-expanded", "true"));
  panel.querySelector("[data-local=close]")?.focus();
}

function closeDrawers(refocus = true) {
  const name = document.body.dataset.drawer;
  if (!name) return;
  const panel = panelOf(name);
  delete document.body.dataset.drawer;
  if (name !== "talks") panel.setAttribute("role", "region");
  panel.removeAttribute("aria-modal");
  setBehindInert(panel, false);
  document.querySelectorAll(`[data-panel="${name}"]`).forEach((it) => it.setAttribute("aria-expanded", "false"));
  if (refocus && window.footnoteOpener?.isConnected) window.footnoteOpener.focus();
}

function setBehindInert(panel, inert) {
  for (const other of ["panel-masthead", "panel-talks", "panel-library", "panel-chat", "panel-reader"]) {
    const element = document.getElementById(other);
    if (element && element !== panel) element.inert = inert;
  }
}

// ---------------------------------------------------------------- from a highlight to its sentence

function backToSentence(turn, note) {
  closeDrawers(false);
  const chip = document.querySelector(`.chip[data-turn="${turn}"][data-note="${note}"]`);
  if (!chip) return;
  chip.scrollIntoView({ block: "center", behavior: behavior() });
  chip.focus({ preventScroll: true });
}

function showChosenChip(turn, note) {
  document.querySelectorAll(".chip.open, .footnote.open").forEach((it) => it.classList.remove("open"));
  document
    .querySelectorAll(`[data-do="cite"][data-turn="${turn}"][data-note="${note}"]:not(mark)`)
    .forEach((it) => it.classList.add("open"));
}

// ---------------------------------------------------------------- the words of a footnote, on hover or focus

function tip() {
  let it = document.getElementById("footnote-tip");
  if (!it) {
    it = document.createElement("div");
    it.id = "footnote-tip";
    it.setAttribute("role", "tooltip");
    it.hidden = true;
    document.body.append(it);
    it.addEventListener("mouseleave", hideTip);
  }
  return it;
}

function showTip(chip) {
  const it = tip();
  const words = document.createElement("q");
  const from = document.createElement("span");
  words.textContent = chip.dataset.tip;
  words.dir = "auto";
  from.textContent = chip.dataset.from;
  from.dir = "auto";
  it.replaceChildren(words, from);
  it.hidden = false;
  chip.setAttribute("aria-describedby", it.id);
  const at = chip.getBoundingClientRect();
  const left = Math.min(Math.max(12, at.left - 24), window.innerWidth - it.offsetWidth - 12);
  const above = at.top - it.offsetHeight - 8;
  it.style.left = `${left}px`;
  it.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

function hideTip() {
  tip().hidden = true;
  document.querySelectorAll("[aria-describedby=footnote-tip]").forEach((it) => it.removeAttribute("aria-describedby"));
}

// ---------------------------------------------------------------- local actions

const local = {
  open: (it) => { window.footnoteOpener = it; openDrawer(it.dataset.panel); },
  close: () => closeDrawers(),
  back: (it) => backToSentence(it.dataset.turn, it.dataset.note),
  copy: (it) => copyMarkdown(it),
  menu: (it) => toggleMenu(it),
  swap: (it) => swap(it),
};

// A row that can be read, changed or taken away shows one of these at a time.
function swap(button) {
  const row = button.closest("[data-row]");
  for (const part of row.querySelectorAll("[data-shown]")) part.hidden = part.dataset.shown !== button.dataset.to;
  const shown = row.querySelector(`[data-shown="${button.dataset.to}"]`);
  const first = shown.querySelector("input, button");
  first?.focus();
  first?.select?.();
}

async function copyMarkdown(button) {
  const source = button.closest(".turn")?.querySelector(".markdown");
  if (!source) return;
  const copied = await writeClipboard(source.textContent);
  const before = button.textContent;
  button.textContent = copied ? button.dataset.done : button.dataset.failed;
  setTimeout(() => { button.textContent = before; }, 1600);
}

async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text); // missing without TLS, refused in a frame without leave
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed"; // or the page would scroll to it
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus({ preventScroll: true });
  return copied;
}

function toggleMenu(button) {
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  if (!menu) return;
  menu.hidden = !menu.hidden;
  button.setAttribute("aria-expanded", String(!menu.hidden));
}

// ---------------------------------------------------------------- this panel

// What was opened to see why an answer is as it is, in any panel: a redraw closes it. It is known
// by its text, which tells how long the answer took.
const opened = window.footnoteOpened ??= new Set();

function act(it) {
  if (it.dataset.local) { local[it.dataset.local]?.(it); return; }
  if (!SERVER_EVENTS.includes(it.dataset.do)) return;
  if (["cite", "near", "read"].includes(it.dataset.do)) {
    if (it.tagName !== "MARK") window.footnoteOpener = it;
    hideTip();
    if (it.dataset.do === "cite") showChosenChip(it.dataset.turn, it.dataset.note);
    if (isOpenAlready(it.dataset)) showReader(); // and ask for it all the same: it may have changed
  }
  if (it.dataset.do === "download") toggleMenu(document.querySelector("[aria-controls=download-menu]"));
  trigger(it.dataset.do, { ...it.dataset });
  if (["fresh", "open_talk"].includes(it.dataset.do)) closeDrawers();
  if (it.dataset.do === "edit") document.querySelector("#question textarea")?.focus();
}

element.addEventListener("click", (event) => {
  const why = event.target.closest(".why > summary")?.parentElement;
  if (why) opened[why.open ? "delete" : "add"](why.textContent);
  const it = event.target.closest("[data-do], [data-local]");
  if (it && element.contains(it) && !it.matches("input, select, form")) act(it);
});
element.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  event.preventDefault();
  trigger(form.dataset.do, { ...form.dataset, ...Object.fromEntries(new FormData(form)) });
});
element.addEventListener("keydown", (event) => {
  const cancel = event.key === "Escape" && event.target.closest("form[data-do]")?.querySelector("[data-local=swap]");
  if (!cancel) return;
  event.stopPropagation();
  swap(cancel);
});
element.addEventListener("change", (event) => {
  const choice = event.target.closest("select[data-do]");
  if (choice) trigger(choice.dataset.do, { ...choice.dataset, value: choice.value });
  if (event.target.dataset.do === "tick") {
    trigger("tick", { article: event.target.dataset.article, on: event.target.checked });
  }
});
element.addEventListener("mouseover", (event) => {
  const chip = event.target.closest(".chip");
  if (chip) showTip(chip);
});
element.addEventListener("mouseout", (event) => {
  const chip = event.target.closest(".chip");
  if (chip && chip !== document.activeElement && event.relatedTarget?.closest?.("#footnote-tip") == null) hideTip();
});
element.addEventListener("focusin", (event) => {
  const chip = event.target.closest(".chip");
  if (chip && chip.matches(":focus-visible")) showTip(chip);
});
element.addEventListener("focusout", (event) => { if (event.target.closest(".chip")) hideTip(); });

// Gradio's watch() can call back before the panel is redrawn, hence an observer.
new MutationObserver(() => {
  element.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = box.hasAttribute("checked"); });
  if (opened.size) element.querySelectorAll(".why:not([open])").forEach((why) => { why.open = opened.has(why.textContent); });
  if (element.closest("#reader")) showReader();
  if (element.closest("#current")) followTurn();
  if (element.closest("#talks")) keepFocusInTalks();
  if (element.closest("#panel-masthead")) { nameTalk(); nameAreas(); }
  if (element.closest("#outbox")) saveFile();
}).observe(element, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["data-chosen", "data-turn", "data-kind", "data-article", "data-serial", "data-talk", "checked", "open"] });

function isOpenAlready({ do: what, turn = "", note = "", passage = "", article = "" }) {
  const open = document.querySelector("#reader .reading")?.dataset;
  if (!open) return false;
  if (what === "read") return open.kind === "none" && open.article === article;
  return open.turn === turn && open.chosen === (what === "near" ? String(Number(passage) + 1) : note)
    && open.kind === (what === "near" ? "near" : "quote");
}

function showReader() {
  const reading = document.querySelector("#reader .reading");
  if (!reading) return;
  openDrawer("reader");
  const chosen = reading.querySelector("#chosen");
  requestAnimationFrame(() => {
    (chosen ?? reading).scrollIntoView({ block: chosen ? "center" : "start", behavior: behavior() });
    chosen?.focus({ preventScroll: true });
  });
}

// The address names the conversation, so that a reload or a bookmark finds it again.
function nameTalk() {
  const talk = element.querySelector(".masthead")?.dataset.talk;
  const here = new URL(window.location.href);
  if (talk === undefined || (here.searchParams.get("talk") ?? "") === talk) return;
  if (talk) here.searchParams.set("talk", talk);
  else here.searchParams.delete("talk");
  history.replaceState(history.state, "", here);
}

function keepFocusInTalks() {
  if (document.body.dataset.drawer !== "talks" || element.contains(document.activeElement)) return;
  element.querySelector("[aria-current], .talk, .close")?.focus();
}

function saveFile() {
  const file = element.querySelector(".outgoing");
  if (!file || file.dataset.serial === element.dataset.saved) return;
  element.dataset.saved = file.dataset.serial;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.textContent], { type: file.dataset.type }));
  link.download = file.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A new question is scrolled to the top once; the answer is then read from there.
function followTurn() {
  const turn = element.querySelector(".turn");
  if (!turn || turn.dataset.turn === element.dataset.seen) return;
  element.dataset.seen = turn.dataset.turn;
  turn.scrollIntoView({ block: "start", behavior: behavior() });
}

// Gradio's columns are bare: say what they are, and let the keyboard scroll them. Their names come
// with the masthead, in the reader's language, and so does the language of the page.
function nameAreas() {
  const masthead = document.querySelector("#panel-masthead .masthead");
  if (!masthead) return;
  document.documentElement.lang = masthead.lang;
  for (const [id, name] of [["transcript", "transcript"], ["panel-talks", "talks"], ["panel-library", "library"], ["panel-reader", "reader"]]) {
    const area = document.getElementById(id);
    if (!area) continue;
    area.setAttribute("aria-label", masthead.dataset[name]);
    if (area.tabIndex === 0) continue;
    area.tabIndex = 0;
    area.setAttribute("role", "region");
  }
}
nameAreas();

if (!window.footnoteReady) {
  window.footnoteReady = true;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.getElementById("download-menu");
    if (!tip().hidden) hideTip();
    else if (menu && !menu.hidden) toggleMenu(document.querySelector("[aria-controls=download-menu]"));
    else closeDrawers();
  });
  document.addEventListener("click", (event) => {
    // "Stop" and "Cancel" go when they were pressed: the keyboard, which clicks no times, goes on writing
    if (event.target.closest("#stop") && !event.detail) document.querySelector("#question textarea").focus();
    const open = panelOf(document.body.dataset.drawer ?? "");
    // what is behind a drawer is inert: a click there lands on the page around it
    if (open && !open.contains(event.target) && !event.target.closest("[data-do], [data-local]")) closeDrawers();
  });
  window.addEventListener("resize", () => {
    if (!isNarrow() && document.body.dataset.drawer !== "talks") closeDrawers(false);
  });
  document.addEventListener("scroll", hideTip, true);
}
