/**
 * Makes `target`'s children, from number `first` on, equal to `source`'s, touching only what differs: nothing flickers,
 * a selection stays. Elements marked data-keep are left as they are.
 */
export function morphChildren(target, source, first = 0) {
  const wanted = [...source.childNodes];
  const present = [...target.childNodes].slice(first);
  wanted.forEach((node, index) => {
    const old = present[index];
    if (!old) target.append(node);
    else if (!morph(old, node)) old.replaceWith(node);
  });
  for (const extra of present.slice(wanted.length)) extra.remove();
}

/** True when `old` could be made equal to `node`. */
function morph(old, node) {
  if (old.nodeName !== node.nodeName) return false;
  if (old.nodeType === Node.TEXT_NODE) {
    // Appending keeps the reader's selection in the text; setting the data would drop it.
    if (node.data.startsWith(old.data)) old.appendData(node.data.slice(old.data.length));
    else old.data = node.data;
    return true;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return false;
  if (old.isEqualNode(node) || ("keep" in old.dataset && "keep" in node.dataset)) return true;
  morphAttributes(old, node);
  morphChildren(old, node);
  return true;
}

function morphAttributes(old, node) {
  for (const { name } of [...old.attributes]) if (!node.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}
