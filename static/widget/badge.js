/** How many answers came while the panel was shut. */

export class Unread {
  #store;
  #conversation = "";
  #answers = 0;

  constructor(store) {
    this.#store = store;
  }

  /** Takes what the server or the panel says; `reading` when the visitor has it before his eyes. Gives the number. */
  update(conversation, answers, reading) {
    this.#conversation = conversation;
    this.#answers = answers;
    if (reading) this.#store.see(conversation, answers);
    return this.count;
  }

  read() {
    if (this.#conversation) this.#store.see(this.#conversation, this.#answers);
  }

  get count() {
    return this.#conversation ? Math.max(0, this.#answers - this.#store.seen(this.#conversation)) : 0;
  }
}
