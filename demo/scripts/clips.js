// How a file comes to the visitor's clips, and that of their row the one on the page is always in sight.

// Gradio's player takes videos alone, and would not let pictures pass: to it they are videos, too.
(() => {
  const page = window.reelTalk;
  const PICTURES = "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/avif"; // no HEIC: phones then send JPEG
  const box = () => document.querySelector("#rt-player .upload-container input[type=file]");
  const isPicture = (file) => PICTURES.split(",").includes(file.type);
  const passed = (file) => (isPicture(file) ? new File([file], file.name, { type: "video/x-picture" }) : file);

  function given(files) {
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(passed(file)));
    return transfer.files;
  }

  function choose(files) {
    box().files = files;
    box().dispatchEvent(new Event("change", { bubbles: true }));
  }

  page.whenChanged(() => {
    const input = box();
    if (input && !input.accept.includes(PICTURES)) input.accept += `,${PICTURES}`;
  });
  document.addEventListener(
    "change",
    ({ target }) => {
      if (target === box() && [...target.files].some(isPicture)) target.files = given([...target.files]);
    },
    true,
  );
  document.addEventListener(
    "drop",
    (event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      const zone = event.target.closest?.("#rt-player .upload-container > button");
      if (!zone || !box() || !files.some(isPicture)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      zone.dispatchEvent(new DragEvent("dragleave"));
      choose(given(files));
    },
    true,
  );

  // What is pasted takes the place for another, which is made where there is none.
  let pasted = null;
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => /^(image|video)\//.test(file.type));
    if (!files.length) return;
    event.preventDefault();
    pasted = given(files.slice(0, 1));
    if (!box()) document.querySelector(".rt-add")?.click();
    page.changed();
  });
  page.whenChanged(() => {
    if (!pasted || !box()) return;
    const files = pasted;
    pasted = null;
    choose(files);
  });
})();

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
