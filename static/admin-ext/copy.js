/** Buttons that copy the text of the element they name: <button data-copy="id" data-copied="Copied">. */

import { copyText } from "../js/dom.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    if (!(await copyText(document.getElementById(button.dataset.copy).textContent))) return;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = label), 2000);
  });
}
