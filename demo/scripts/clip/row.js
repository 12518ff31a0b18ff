// Of the row of clips the one on the page is always in sight; the examples are folded while there is one.
(() => {
  const page = window.reelTalk;
  let seen = null;

  page.whenChanged(() => {
    const shown = document.querySelector(".rt-clip.rt-shown");
    const now = shown && [shown.querySelector("[data-talk]").dataset.talk, shown.offsetLeft, shown.offsetWidth].join();
    if (now && now !== seen) {
      const row = shown.parentElement; // it alone is scrolled, never the page
      const [left, right] = [shown.offsetLeft, shown.offsetLeft + shown.offsetWidth];
      if (left < row.scrollLeft || right > row.scrollLeft + row.clientWidth) {
        row.scrollLeft = left - (row.clientWidth - shown.offsetWidth) / 2;
      }
    }
    seen = now;
  });
})();

(() => {
  let folded = null; // what was last opened or closed
  let there = null;

  window.reelTalk.whenChanged(() => {
    const examples = document.querySelector("#rt-examples details");
    const clip = Boolean(document.querySelector(".rt-strip"));
    if (examples && (examples !== folded || clip !== there)) examples.open = !clip;
    [folded, there] = [examples, clip];
  });
})();
