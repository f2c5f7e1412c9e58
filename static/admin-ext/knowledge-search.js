/** The question is focused as soon as the page is there; browsers skip `autofocus` when scripts have moved the focus. */

document.querySelector("[autofocus]")?.focus();
