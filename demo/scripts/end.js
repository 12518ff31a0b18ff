// The end of the conversation stays in sight when what opens below takes its room, unless somebody has scrolled
// away from it; and who asks is shown the answer, wherever they were.
(() => {
  const page = window.reelTalk;
  const NEAR = 24; // px
  let chat = null;
  let atEnd = true;
  let awaited = false;
  const toEnd = () => (chat.scrollTop = chat.scrollHeight);
  const resized = new ResizeObserver(() => atEnd && toEnd());

  page.whenChanged(() => {
    const now = document.querySelector("#rt-chat [role=log]");
    if (!now || now === chat) return;
    resized.disconnect();
    chat = now;
    atEnd = true;
    chat.addEventListener("scroll", () => (atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < NEAR));
    resized.observe(chat);
  });

  // Gradio follows an answer by itself, but only from the end of the chat.
  page.whenChanged(() => {
    const waits = Boolean(chat?.querySelector(".rt-wait"));
    if (waits && !awaited) toEnd();
    awaited = waits;
  });
})();
