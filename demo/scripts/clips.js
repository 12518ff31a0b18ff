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
