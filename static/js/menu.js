/** A menu of actions at a button: arrow keys move, Escape and clicks elsewhere close, focus returns to the button. */

import { h, icon } from "./dom.js";

let open = null;

function move(menu, key) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  if (target === undefined) return false;
  items[(target + items.length) % items.length].focus();
  return true;
}

export function closeMenu({ refocus = false } = {}) {
  if (!open) return;
  const { button, menu } = open;
  open = null;
  menu.remove();
  button.setAttribute("aria-expanded", "false");
  if (refocus) button.focus();
}

/** `items`: [{label, icon, danger, run}]. */
export function openMenu(button, items) {
  const again = open?.button === button;
  closeMenu();
  if (again) return;
  const entries = items.map((item) => {
    const run = () => {
      closeMenu({ refocus: true });
      item.run();
    };
    return h(`button.menu-item${item.danger ? ".danger" : ""}`, { type: "button", role: "menuitem", tabindex: "-1", onclick: run }, icon(item.icon), item.label);
  });
  const menu = h("div.popover", { role: "menu", "aria-label": button.getAttribute("aria-label"), popover: "manual" }, ...entries);
  button.after(menu);
  menu.showPopover();
  place(menu, button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  open = { button, menu };
  entries[0].focus();
}

function place(menu, anchor) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = anchor.bottom + height + 8 < innerHeight;
  menu.style.top = `${below ? anchor.bottom + 4 : Math.max(4, anchor.top - height - 4)}px`;
  menu.style.left = `${Math.max(4, Math.min(anchor.right - width, innerWidth - width - 4))}px`;
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.menu.contains(event.target) && !open.button.contains(event.target)) closeMenu();
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!open) return;
    const close = event.key === "Escape" || event.key === "Tab";
    if (close) closeMenu({ refocus: true });
    if (event.key === "Tab") return;
    if (close || move(open.menu, event.key)) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);
