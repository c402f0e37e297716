// What a script adds to the desk. Every page works without it: it copies, counts down, takes in what others changed.
"use strict";

// Beside each text to copy, a button that does. Without a script the text is selected and copied by hand.
for (const text of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button secondary";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.className = "soft";
  button.addEventListener("click", async () => {
    const value = text.value ?? text.textContent;
    if (text.select) text.select();
    try {
      await navigator.clipboard.writeText(value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Selected: copy it with your keyboard.";
    }
  });
  const line = document.createElement("p");
  line.className = "copy-line";
  line.append(button, said);
  text.after(line);
}

// Where work goes on behind a page, it is looked at again by itself, for as long as somebody looks at it.
const again = document.querySelector("[data-look-again]");
if (again) {
  setInterval(() => {
    if (document.visibilityState === "visible" && !again.contains(document.activeElement)) location.reload();
  }, 1000 * Number(again.dataset.lookAgain));
}

// A form that shows what it would make of it (data-live names the part of the page): asked anew when one stops typing. It is
// the button "Show it first", pressed by itself; files stay here, and nothing is saved.
for (const form of document.querySelectorAll("form[data-live]")) {
  let timer = 0;
  let asking = null;
  const show = async () => {
    asking?.abort();
    asking = new AbortController();
    const data = new FormData(form);
    for (const field of form.querySelectorAll("input[type=file]")) data.delete(field.name);
    data.set("do", "preview");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { "x-fragment": "1" }, signal: asking.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page.getElementById(form.dataset.live);
      if (part) document.getElementById(form.dataset.live)?.replaceWith(document.adoptNode(part));
    } catch {
      // The next key asks again; the button is there in any case.
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  });
}

// ---- Countdowns: what the page says when it is opened goes on by itself.
function wait(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (seconds < 0) return "past";
  if (minutes < 1) return "in less than a minute";
  if (minutes < 60) return `in ${minutes} min`;
  if (minutes < 1440) return `in ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  if (minutes < 2880) return `in 1 day ${Math.floor(minutes / 60) - 24} h`;
  return `in ${Math.floor(minutes / 1440)} days`;
}
// The newsroom's clock is the service's: ours may be wrong, so the difference is kept from the page's first words.
const began = Date.now();
const served = Date.parse(document.querySelector("[data-now]")?.dataset.now ?? "");
function countDown() {
  if (Number.isNaN(served)) return;
  for (const it of document.querySelectorAll("[data-countdown]")) {
    const at = Date.parse(it.dataset.countdown);
    if (Number.isNaN(at)) continue;
    it.textContent = wait((at - served - (Date.now() - began)) / 1000);
  }
}
setInterval(countDown, 15000);

// ---- What others change: the page says so, and takes in every part that nobody is typing in.
const dirty = new Set();
document.addEventListener("input", (event) => {
  const part = event.target.closest("[data-part]");
  if (part && event.target.closest("form")) dirty.add(part.id);
});
const note = document.getElementById("live-note");

async function takeIn() {
  let page;
  try {
    const answer = await fetch(location.href, { headers: { "x-fragment": "1" }, redirect: "manual" });
    if (!answer.ok) return false;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return false;
  }
  let kept = false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (fresh?.isEqualNode(part)) continue;
    if (dirty.has(part.id) || (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"))) {
      kept = true;
      continue;
    }
    // What can no longer be done is no longer offered.
    if (!fresh) {
      part.remove();
      continue;
    }
    const focused = part.contains(document.activeElement) ? pathTo(document.activeElement, part) : null;
    const open = [...part.querySelectorAll("details[open]")].map((it) => keyOf(it));
    part.replaceWith(document.adoptNode(fresh));
    for (const it of fresh.querySelectorAll("details")) if (open.includes(keyOf(it))) it.open = true;
    // The handles are made here: they must be there before the focus can come back to one.
    prepare(fresh);
    if (focused) focused(fresh)?.focus({ preventScroll: true });
  }
  for (const fresh of page.querySelectorAll("[data-part]")) if (!document.getElementById(fresh.id)) return reload();
  const mail = document.querySelector("iframe.mail");
  if (mail && !kept) mail.contentWindow?.location.replace(mail.contentWindow.location.href);
  if (note) {
    note.hidden = !kept;
    note.textContent = kept ? "Somebody changed this edition. What you are typing is left alone. It is saved beside theirs; if they changed the same words, you are shown both." : "";
  }
  countDown();
  return true;
}

// A part that was not there before: the page as a whole is another one by now.
function reload() {
  if (dirty.size === 0) location.reload();
  else if (note) {
    note.hidden = false;
    note.textContent = "This edition is in another state by now. Save or drop what you are typing, then open the page again.";
  }
  return true;
}

function keyOf(details) {
  return (details.closest("[id]")?.id ?? "") + "/" + (details.querySelector("summary")?.textContent ?? "");
}

// How to find the focused thing again in a part that was replaced: by what it is called.
function pathTo(element, part) {
  const name = element.getAttribute("aria-label") ?? element.textContent;
  const tag = element.tagName;
  return (fresh) => [...fresh.querySelectorAll(tag)].find((it) => (it.getAttribute("aria-label") ?? it.textContent) === name);
}

const live = document.querySelector("[data-edition]");
if (live && window.EventSource) {
  const base = document.querySelector(".bar-name a").getAttribute("href");
  const stream = new EventSource(`${base}/live?edition=${encodeURIComponent(live.dataset.edition)}`);
  let heard = null;
  stream.addEventListener("pulse", async (event) => {
    if (heard === event.data) return;
    const isFirst = heard === null;
    heard = event.data;
    const shown = document.querySelector("[data-revision]")?.dataset.revision;
    // The first one says how it was when we came: nothing to do, unless something happened in between. An edition on its
    // way shows no revision; it is looked at once more.
    const revision = JSON.parse(event.data).revision;
    if (isFirst && shown === String(revision)) return;
    // What was looked up for somebody else may be a second older than this page.
    if (shown && revision < Number(shown)) return;
    document.documentElement.dataset.heard = String(revision);
    await takeIn();
  });
}

// ---- Order by hand: drag a story, or hold its handle and press the arrow keys. The buttons do the same without a script.
function post(action, fields) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

// Keys that are pressed while the page is on its way to the next one are kept for it: none is lost, none is sent twice.
const STEPS = "desk-steps";
let isLeaving = false;
function keepStep(step) {
  sessionStorage.setItem(STEPS, String(Number(sessionStorage.getItem(STEPS) ?? 0) + step));
}

function move(story, to) {
  const list = story.closest("[data-order]");
  if (!list || isLeaving) return;
  isLeaving = true;
  post(list.dataset.order, { revision: list.dataset.revision, article: story.dataset.article, to: String(to) });
}
addEventListener("pageshow", () => { isLeaving = false; });

function moveBy(story, step) {
  const place = Number(story.dataset.position);
  const last = story.closest("[data-order]").querySelectorAll(":scope > .story").length;
  const to = Math.min(Math.max(place + step, 1), last);
  if (to !== place) move(story, to);
}

function prepare(root) {
  const list = root.matches?.("[data-order]") ? root : root.querySelector("[data-order]");
  if (!list || list.dataset.ready) return;
  list.dataset.ready = "yes";
  const stories = () => [...list.querySelectorAll(":scope > .story")];
  let dragged = null;
  const clear = () => {
    for (const it of stories()) it.classList.remove("drop-before", "drop-after", "dragged");
  };
  for (const story of stories()) {
    // No button: Firefox does not drag what is pressed on one.
    const handle = document.createElement("span");
    handle.setAttribute("role", "button");
    handle.tabIndex = 0;
    handle.className = "handle";
    handle.textContent = "\u2807";
    handle.setAttribute("aria-label", `Move by arrow keys, or drag: ${story.querySelector("h3").textContent}`);
    handle.addEventListener("mousedown", () => { story.draggable = true; });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      if (isLeaving) keepStep(step);
      else moveBy(story, step);
    });
    story.prepend(handle);
    story.addEventListener("dragstart", (event) => {
      dragged = story;
      story.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", story.dataset.article);
    });
    story.addEventListener("dragend", () => {
      story.draggable = false;
      dragged = null;
      clear();
    });
    story.addEventListener("dragover", (event) => {
      if (!dragged || dragged === story) return;
      event.preventDefault();
      clear();
      const box = story.getBoundingClientRect();
      story.classList.add(event.clientY < box.top + box.height / 2 ? "drop-before" : "drop-after");
    });
    story.addEventListener("drop", (event) => {
      if (!dragged || dragged === story) return;
      event.preventDefault();
      const isAfter = story.classList.contains("drop-after");
      const from = Number(dragged.dataset.position);
      let to = Number(story.dataset.position) + (isAfter ? 1 : 0);
      if (from < to) to -= 1;
      if (to !== from) move(dragged, to);
      clear();
    });
  }
}
prepare(document);

// ---- The mail as it will arrive: which of its looks is on, for eyes and for whoever listens.
const looks = () => document.querySelectorAll('a[target="preview"]');
looks()[0]?.setAttribute("aria-current", "true");
document.addEventListener("click", (event) => {
  const chosen = event.target.closest?.('a[target="preview"]');
  if (!chosen) return;
  for (const look of looks()) look.removeAttribute("aria-current");
  chosen.setAttribute("aria-current", "true");
});

// After a move the page comes back at the story that moved: the handle there takes the next key, once the browser has
// gone there itself.
const steps = Number(sessionStorage.getItem(STEPS) ?? 0);
sessionStorage.removeItem(STEPS);
if (location.hash.startsWith("#story-")) {
  const story = () => document.getElementById(location.hash.slice(1));
  addEventListener("load", () => setTimeout(() => {
    story()?.querySelector(".handle")?.focus({ preventScroll: true });
    if (steps && story()?.querySelector(".handle")) moveBy(story(), steps);
  }));
}
