// What the page says of a file before the server has seen it. It is no news any more as soon as there is another clip,
// or something else is said of one.
(() => {
  const page = window.reelTalk;
  const status = () => document.querySelector("#rt-status .rt-status")?.outerHTML; // without gradio's progress
  const notice = Object.assign(document.createElement("div"), {
    id: "rt-notice",
    className: "rt-status rt-error",
    role: "alert",
  });
  let said = null; // a key with its values
  let before = "";

  function speak() {
    const text = page.words[said.key].replace(/\{(\w+)\}/g, (_, name) => said.values[name]);
    if (notice.textContent !== text) notice.textContent = text;
  }

  page.tell = (key, values) => {
    said = { key, values };
    speak();
    before = status();
    document.querySelector("#rt-player").after(notice);
  };
  page.whenChanged(() => {
    if (!notice.isConnected) return;
    const now = status();
    if (now !== before && !before?.includes("rt-busy")) notice.remove(); // which is about another clip than this file
    else speak(); // the language may be another one
    before = now;
  });
})();
