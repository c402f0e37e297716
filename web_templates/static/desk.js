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
