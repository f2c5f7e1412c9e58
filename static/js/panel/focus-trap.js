/** Tab goes round within the panel: behind it lies a page that the reader has not left. */

const STOPS = "a[href], button:not(:disabled), textarea:not(:disabled), summary, [tabindex='0']";

export function trapFocus(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...root.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility());
    const [first, last] = [stops[0], stops.at(-1)];
    const leaving = event.shiftKey ? document.activeElement === first : document.activeElement === last;
    if (!leaving) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  });
}
