// The sheets at the side of the page, settings and what keeps conversations: a button of the head opens one
// and closes the other; Esc, its × and a click beside it close it, and the button has the keyboard again.
(() => {
  const page = window.reelTalk;
  const root = document.documentElement;
  const button = (name) => document.querySelector(`[data-sheet="${name}"]`);
  const sheet = (name) => document.getElementById(`rt-${name}`);

  function open(name) {
    root.dataset.open = name;
    page.changed();
    sheet(name).querySelector("[data-close]").focus();
  }

  function close() {
    const name = root.dataset.open;
    delete root.dataset.open;
    page.changed();
    if (sheet(name).contains(document.activeElement)) button(name).focus();
  }

  page.whenChanged(() => {
    for (const each of document.querySelectorAll("[data-sheet]")) {
      const expanded = String(each.dataset.sheet === root.dataset.open);
      if (each.getAttribute("aria-expanded") !== expanded) each.setAttribute("aria-expanded", expanded);
    }
  });
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-sheet]")?.dataset.sheet;
    const now = root.dataset.open;
    if (pressed) return pressed === now ? close() : open(pressed);
    if (!now || !target.isConnected) return;
    if (target.closest("[data-close]") || target.closest("#rt-main")) close();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !root.dataset.open || event.isComposing) return;
      event.stopImmediatePropagation();
      close();
    },
    true,
  );
})();
