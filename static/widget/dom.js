/**
 * Elements on somebody else's page. Nothing here takes HTML, and nothing relies on prototypes that pages like to patch
 * (Array, String, JSON): plain loops and the DOM's own methods alone.
 */

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const name in attributes) if (attributes[name] !== null) made.setAttribute(name, attributes[name]);
  for (let at = 0; at < children.length; at += 1) if (children[at]) made.appendChild(children[at]);
  return made;
}

/** `shapes` as the server names them: [[tag, attributes], ...]. */
export function drawing(shapes, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", className);
  for (let at = 0; at < shapes.length; at += 1) {
    const shape = document.createElementNS(SVG, shapes[at][0]);
    for (const name in shapes[at][1]) shape.setAttribute(name, shapes[at][1][name]);
    svg.appendChild(shape);
  }
  return svg;
}

export function complain(text) {
  console.error(`Switchboard: ${text}`);
}
