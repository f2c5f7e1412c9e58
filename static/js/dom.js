/** Small helpers for building elements. No helper takes HTML. */

/** `h("button.icon-button", {type: "button", onclick}, "text", child)`; falsy children are left out. */
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svg.namespaceURI, "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function iconButton(name, label, onclick, properties = {}) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick, ...properties }, icon(name));
}

/** Puts `text` on the clipboard, also on pages without a secure origin. Resolves to whether it worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea.visually-hidden", { readonly: true, "aria-hidden": "true" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return copied;
  }
}

/** Shows on `button` for two seconds that its text was copied. */
export function showCopied(button, label) {
  const svg = button.querySelector("use");
  const before = [svg.getAttribute("href"), button.getAttribute("aria-label")];
  svg.setAttribute("href", `${document.documentElement.dataset.icons}#check`);
  button.setAttribute("aria-label", label);
  setTimeout(() => {
    svg.setAttribute("href", before[0]);
    button.setAttribute("aria-label", before[1]);
  }, 2000);
}
