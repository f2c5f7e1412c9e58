/** Unsent texts, kept for this tab; in memory where the browser gives a page no storage, as in some frames. */

const memory = new Map();

function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

export function readDraft(key) {
  try {
    return storage()?.getItem(key) ?? memory.get(key) ?? "";
  } catch {
    return memory.get(key) ?? "";
  }
}

/** Keeps `text` under `key`; an empty one is forgotten. */
export function keepDraft(key, text) {
  memory.delete(key);
  if (text) memory.set(key, text);
  try {
    if (text) storage()?.setItem(key, text);
    else storage()?.removeItem(key);
  } catch {
    // Full or forbidden: the memory has it.
  }
}
