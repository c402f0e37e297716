// Where the newsroom asks for a proof of work, the browser finds the number by itself (ALTCHA: altcha.org/docs), from the
// moment somebody turns to the form. Without this file, or where the browser has no digests to offer (a page that did not
// come by https), the form says how long to wait instead.
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve(puzzle) {
  const encoder = new TextEncoder();
  for (let number = 0; number <= puzzle.maxnumber; number += 1) {
    const digest = await crypto.subtle.digest(puzzle.algorithm, encoder.encode(puzzle.salt + number));
    if (hex(digest) === puzzle.challenge) {
      const { algorithm, challenge, salt, signature } = puzzle;
      return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    }
  }
  return "";
}

for (const form of document.querySelectorAll("form[data-puzzle]")) {
  if (!globalThis.crypto?.subtle || form.dataset.ready) continue;
  form.dataset.ready = "yes";
  const hint = form.querySelector("[data-patience]");
  if (hint) hint.hidden = true;
  let solved = null;
  const begin = () => {
    solved ??= solve(JSON.parse(form.dataset.puzzle)).then((solution) => {
      form.elements.altcha.value = solution;
    });
    return solved;
  };
  form.addEventListener("focusin", begin, { once: true });
  form.addEventListener("submit", async (event) => {
    if (form.elements.altcha.value) return;
    event.preventDefault();
    form.setAttribute("aria-busy", "true");
    await begin();
    form.removeAttribute("aria-busy");
    form.submit();
  });
}
