// What the other scripts share. They come in one order (page/theme.py), each is a function of its own, and they
// meet in `window.reelTalk` only.
(() => {
  const root = document.documentElement;
  setTimeout(() => (root.dataset.ready = ""), 5000); // whatever happens

  const watchers = [];
  let asked = false;

  function changed() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      watchers.forEach((watch) => watch());
    });
  }
  new MutationObserver(changed).observe(root, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["aria-label", "title", "href"],
  });

  window.reelTalk = {
    words: null, // texts of the page's language, by key
    player: () => document.querySelector("#rt-player video"),
    whenChanged: (watch) => watchers.push(watch), // called after the page has changed, also by ourselves
    changed,
  };
})();
