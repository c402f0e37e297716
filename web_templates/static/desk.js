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
