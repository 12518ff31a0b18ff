// The end of the conversation stays in sight while an answer is written and when what opens below takes its
// room, unless somebody has scrolled away from it; who asks, or goes to another clip, is shown the end anyhow.
// Gradio's own way of following (autoscroll) drags those back who scroll up to read.
(() => {
  const page = window.reelTalk;
  const NEAR = 24; // px
  let chat = null;
  let atEnd = true;
  let top = 0;
  let awaited = false;
  let talk = null;

  const follow = () => atEnd && (chat.scrollTop = chat.scrollHeight);
  const resized = new ResizeObserver(follow);

  function scrolled() {
    if (chat.scrollHeight - chat.scrollTop - chat.clientHeight < NEAR) atEnd = true;
    else if (chat.scrollTop < top) atEnd = false; // what is written meanwhile only ever makes it longer
    top = chat.scrollTop;
  }

  page.whenChanged(() => {
    const now = document.querySelector("#rt-chat [role=log]");
    if (!now) return;
    if (now !== chat) {
      resized.disconnect();
      chat = now;
      atEnd = true;
      chat.addEventListener("scroll", scrolled);
      resized.observe(chat);
    }
    const waits = Boolean(chat.querySelector(".rt-wait"));
    const shown = document.querySelector(".rt-clip.rt-shown [data-talk]")?.dataset.talk;
    const asked = waits && !awaited;
    if (asked || shown !== talk) atEnd = true;
    if (asked) chat.closest("#rt-chat").scrollIntoView({ block: "nearest" }); // on a phone, where the page scrolls, too
    [awaited, talk] = [waits, shown];
    follow();
  });
})();
