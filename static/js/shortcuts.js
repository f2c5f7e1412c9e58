/** Keys of the whole page: `/` and Ctrl+K find, Escape closes or stops. */

function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable]");
}

export function installShortcuts(page) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const find = (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping(event.target));
    if (find) {
      event.preventDefault();
      page.sidebar.focusSearch();
    } else if (event.key === "Escape") escape(event, page);
  });
}

function escape(event, page) {
  if (document.querySelector("details[data-menu][open]")) return; // the menu closes itself
  const search = document.getElementById("search");
  if (event.target === search) leaveSearch(search, page);
  else if (page.sidebar.isDrawerOpen) page.sidebar.close();
  else if (page.isAnswering) page.stop();
}

function leaveSearch(search, page) {
  if (search.value) {
    search.value = "";
    search.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (page.sidebar.isDrawerOpen) page.sidebar.close();
  else page.composer.focus();
}
