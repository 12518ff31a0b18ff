// A recording from the camera: whole, and as long as it is.
(() => {
  const page = window.reelTalk;
  let recorder = null; // the one that records, until it has handed over all it has

  // Gradio takes what the recorder has handed over when the button is pressed. On a busy computer that may
  // lack the last second, or be nothing at all: so the button reaches gradio only when all is there.
  const start = window.MediaRecorder?.prototype.start;
  if (start) {
    MediaRecorder.prototype.start = function (...options) {
      recorder = this;
      this.addEventListener("stop", () => (recorder = null), { once: true });
      return start.apply(this, options);
    };
  }
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.("#rt-player .capture-button");
      if (!button || !recorder) return;
      event.stopImmediatePropagation();
      if (recorder.state === "inactive") return; // pressed twice
      recorder.addEventListener("stop", () => button.click(), { once: true });
      recorder.stop();
    },
    true,
  );

  // A recording knows how long it is only after it was played, or sought, to its end.
  document.addEventListener(
    "loadedmetadata",
    ({ target: video }) => {
      if (video !== page.player() || video.srcObject || video.duration !== Infinity) return;
      video.addEventListener("durationchange", () => (video.currentTime = 0), { once: true });
      video.currentTime = Number.MAX_SAFE_INTEGER;
    },
    true,
  );
})();
