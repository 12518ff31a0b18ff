// Gradio's player fetches a program of 32 MB for its trimming as soon as it shows a clip. The page does not offer
// trimming (style.css), so nobody waits for that.
(() => {
  const fetched = window.fetch;
  window.fetch = (what, ...options) =>
    String(what).includes("/static/ffmpeg/") ? new Promise(() => {}) : fetched(what, ...options);
})();
