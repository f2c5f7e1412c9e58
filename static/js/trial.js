/** The page on which staff try a widget: buttons that call its API as a site would. */

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-call]");
  if (button) window.Switchboard?.[button.dataset.call](button.dataset.value);
});
