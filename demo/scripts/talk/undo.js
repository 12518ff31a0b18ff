// The line that offers to bring back what was taken away goes after some seconds, but not from under a hand.
(() => {
  const page = window.reelTalk;
  const OFFERED = 10000; // ms
  let seen = null;
  let over = null;

  function end(id) {
    if (document.querySelector(".rt-undone:is(:hover, :focus-within)")) return setTimeout(end, 1000, id);
    over = id;
    page.changed();
  }

  page.whenChanged(() => {
    const line = document.querySelector(".rt-undone");
    if (!line) return;
    line.hidden = line.dataset.id === over;
    if (line.dataset.id !== seen) setTimeout(end, OFFERED, line.dataset.id);
    seen = line.dataset.id;
  });
})();
