// Whether a drawer is open is told to those who cannot see it.
(() => {
  const page = window.reelTalk;

  page.whenChanged(() => {
    for (const header of document.querySelectorAll(":is(#rt-settings, #rt-keep) > .label-wrap")) {
      const open = String(header.classList.contains("open"));
      if (header.getAttribute("aria-expanded") !== open) header.setAttribute("aria-expanded", open);
      header.querySelector(".icon").ariaHidden = "true"; // a little triangle
    }
  });
  document.addEventListener("click", page.changed);
})();
