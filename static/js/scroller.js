/** Keeps a growing thread at its end while the reader is there, and leaves him alone when he is not. */

const NEAR = 48;

export class Scroller {
  #element;
  #jump;
  #pinned = true;
  #lastTop = 0;

  constructor(element, jump) {
    this.#element = element;
    this.#jump = jump;
    element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => {
      this.toEnd();
      this.#element.focus({ preventScroll: true });
    });
    // A smaller viewport (a keyboard, a growing composer) must not push the end out of sight.
    new ResizeObserver(() => this.follow()).observe(element);
  }

  /** To be called after the content has grown. */
  follow() {
    if (this.#pinned) this.#element.scrollTop = this.#element.scrollHeight;
    else this.#showJump();
  }

  /** For what is read from its beginning: the welcome, an error. */
  toStart() {
    this.#pinned = false;
    this.#element.scrollTop = 0;
    this.#showJump();
  }

  toEnd() {
    this.#pinned = true;
    this.follow();
    this.#showJump();
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    return scrollHeight - scrollTop - clientHeight;
  }

  #scrolled() {
    const top = this.#element.scrollTop;
    const distance = this.#distance();
    // The first pixel upwards frees the reader; being pulled back while scrolling slowly would be a fight.
    if (distance <= 2 || (top > this.#lastTop && distance < NEAR)) this.#pinned = true;
    else if (top < this.#lastTop) this.#pinned = false;
    this.#lastTop = top;
    this.#showJump();
  }

  #showJump() {
    this.#jump.hidden = this.#pinned || this.#distance() < NEAR;
  }
}
