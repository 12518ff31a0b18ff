// What opens below the conversation takes its room: the last words stay in sight. And whether a drawer is open
// is told to those who cannot see it.
(() => {
  const page = window.reelTalk;
  const NEAR = 24; // px
  let chat = null;
  let atEnd = true;
  const resized = new ResizeObserver(() => atEnd && (chat.scrollTop = chat.scrollHeight));

  page.whenChanged(() => {
    const now = document.querySelector("#rt-chat [role=log]");
    if (!now || now === chat) return;
    resized.disconnect();
    chat = now;
    atEnd = true;
    chat.addEventListener("scroll", () => (atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < NEAR));
    resized.observe(chat);
  });

  page.whenChanged(() => {
    for (const header of document.querySelectorAll(":is(#rt-settings, #rt-keep) > .label-wrap")) {
      const open = String(header.classList.contains("open"));
      if (header.getAttribute("aria-expanded") !== open) header.setAttribute("aria-expanded", open);
      header.querySelector(".icon").ariaHidden = "true"; // a little triangle
    }
  });
  document.addEventListener("click", page.changed);
})();
