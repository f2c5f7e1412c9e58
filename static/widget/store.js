/**
 * What the visitor's browser remembers, in the host page's storage: a frame of ours would have none where third-party
 * storage is blocked. The key to come back and what was read outlive the tab, whether the panel is open does not.
 */

export class Store {
  #name;
  #memory = { resume: "", conversation: "", seen: "0" };

  constructor(key) {
    this.#name = `switchboard:${key}`;
    const parts = read(() => localStorage, this.#name).split("|");
    if (parts.length === 3) this.#memory = { resume: parts[0], conversation: parts[1], seen: parts[2] };
  }

  get resume() {
    return this.#memory.resume;
  }

  set resume(value) {
    this.#memory.resume = value;
    this.#keep();
  }

  /** How many answers of the conversation have been read. */
  seen(conversation) {
    return this.#memory.conversation === conversation ? Number(this.#memory.seen) || 0 : 0;
  }

  see(conversation, count) {
    this.#memory.conversation = conversation;
    this.#memory.seen = String(count);
    this.#keep();
  }

  /** The visitor is no longer known. */
  forget() {
    this.#memory = { resume: "", conversation: "", seen: "0" };
    this.#keep();
  }

  get isOpen() {
    return read(() => sessionStorage, `${this.#name}:open`) === "1";
  }

  set isOpen(open) {
    write(() => sessionStorage, `${this.#name}:open`, open ? "1" : "");
  }

  get language() {
    return read(() => sessionStorage, `${this.#name}:language`);
  }

  set language(language) {
    write(() => sessionStorage, `${this.#name}:language`, language);
  }

  #keep() {
    const { resume, conversation, seen } = this.#memory;
    write(() => localStorage, this.#name, resume && `${resume}|${conversation}|${seen}`);
  }
}

// A page may have no storage (a sandbox, a setting, a full disk): then the visit lasts as long as the page.
function read(storage, name) {
  try {
    return storage().getItem(name) || "";
  } catch {
    return "";
  }
}

function write(storage, name, value) {
  try {
    if (value) storage().setItem(name, value);
    else storage().removeItem(name);
  } catch {
    // As above.
  }
}
