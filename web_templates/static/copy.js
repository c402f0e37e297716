// Beside each text to copy, a button that does. Without this file the text is selected and copied by hand.
for (const text of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button secondary";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.className = "soft";
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
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
