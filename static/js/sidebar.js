/** The sidebar: a column that can be folded on wide screens, a drawer with trapped focus on phones. */

const narrow = matchMedia("(max-width: 860px)");

export class Sidebar {
  #app = document.getElementById("app");
  #main = document.getElementById("main");
  #panel = document.getElementById("sidebar");
  #opener = document.querySelector("[data-sidebar-open]");

  constructor() {
    this.#opener.addEventListener("click", () => this.open());
    for (const button of document.querySelectorAll("[data-sidebar-close]")) button.addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => this.#key(event));
    narrow.addEventListener("change", () => this.#closeDrawer());
    this.#report();
  }

  get isDrawerOpen() {
    return this.#app.classList.contains("drawer-open");
  }

  open() {
    if (narrow.matches) {
      this.#app.classList.add("drawer-open");
      this.#main.inert = true;
      this.#panel.querySelector("[data-sidebar-close]").focus();
    } else this.#fold(false);
    this.#report();
  }

  close() {
    if (narrow.matches) {
      this.#closeDrawer();
      this.#opener.focus();
    } else {
      this.#fold(true);
      this.#opener.focus();
    }
  }

  /** After a choice was made in the drawer. */
  closeDrawer() {
    this.#closeDrawer();
  }

  focusSearch() {
    if (narrow.matches ? !this.isDrawerOpen : this.#app.classList.contains("without-sidebar")) this.open();
    const search = document.getElementById("search");
    search.focus();
    search.select();
  }

  #fold(folded) {
    this.#app.classList.toggle("without-sidebar", folded);
    // A cookie: the server renders the next page folded, so nothing jumps.
    document.cookie = `sidebar=${folded ? "closed" : "open"}; Path=/; Max-Age=31536000; SameSite=Lax`;
    this.#report();
  }

  #closeDrawer() {
    this.#app.classList.remove("drawer-open");
    this.#main.inert = false;
    this.#report();
  }

  #report() {
    const shown = narrow.matches ? this.isDrawerOpen : !this.#app.classList.contains("without-sidebar");
    this.#opener.setAttribute("aria-expanded", String(shown));
  }

  /** The drawer keeps the focus: main is inert, and Tab goes round within the panel. */
  #key(event) {
    if (event.key !== "Tab" || !this.isDrawerOpen) return;
    const stops = [...this.#panel.querySelectorAll("a[href], button, input, summary")].filter((stop) => stop.checkVisibility());
    const [first, last] = [stops[0], stops.at(-1)];
    const leaving = event.shiftKey ? document.activeElement === first : document.activeElement === last;
    if (!leaving && this.#panel.contains(document.activeElement)) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}
