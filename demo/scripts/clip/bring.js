// How files come to the visitor's clips: chosen, dropped anywhere on the page, or pasted; several one after another.
// What a file is, the server finds out from its content: neither its name nor what the browser takes it for counts.
(() => {
  const page = window.reelTalk;
  const PICTURES = "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/avif"; // no HEIC: phones then send JPEG
  const ELSEWHERE = [
    [/\.(srt|vtt)$/i, "#rt-said-row input[type=file]"],
    [/\.json$/i, "#rt-keep input[type=file]"],
  ];
  const box = () => document.querySelector("#rt-player .upload-container input[type=file]");
  const mayBring = () => Boolean(document.querySelector("#rt-player .source-selection"));
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const PATIENCE = 5000; // ms until it is asked for again
  const TRIES = 3; // to hand a file over: gradio loses one that comes while it builds the box anew
  const waiting = []; // {file, tries}
  let handing = false; // a file to gradio just now
  let asked = -PATIENCE; // when a place for the next one was asked for
  let given = null; // the last one that was handed over: {file, tries, box, clips there were, at}

  const clips = () =>
    [...document.querySelectorAll("[data-talk]")].filter((each) => each.title !== page.words?.["clips.new"]).length;

  // Whether what was handed over has come, or is lost for good; what gradio lost is handed over again.
  function settled() {
    if (!given) return true;
    const here = given.box.isConnected;
    if (here && performance.now() - given.at < PATIENCE) return false;
    const come = clips() > given.clips || document.querySelector("#rt-status .rt-error");
    if (!come && !here && !box()) return false;
    if (!come && given.tries < TRIES) waiting.unshift({ file: given.file, tries: given.tries });
    given = null;
    return true;
  }

  function handOver(input, file) {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    handing = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    handing = false;
  }

  function bring(files) {
    for (const file of files) {
      const place = ELSEWHERE.find(([name, where]) => name.test(file.name) && document.querySelector(where));
      if (place) handOver(document.querySelector(place[1]), file);
      else if (file.size > page.largest) {
        const values = { name: file.name, megabytes: megabytes(file.size), limit: megabytes(page.largest) };
        page.tell("error.file_too_large", values);
      } else waiting.push({ file, tries: 0 });
    }
    page.changed();
  }

  // Each takes the place for another, which is made where there is none.
  page.whenChanged(() => {
    if (page.onItsWay() || !settled() || !waiting.length) return;
    const room = document.querySelector("#rt-player .upload-container"); // of the upload, or of the camera
    const fromCamera = ".source-selection button:first-of-type:not(.selected)";
    const add = room ? room.parentElement.querySelector(fromCamera) : document.querySelector(".rt-add");
    if (box()) {
      asked = -PATIENCE;
      const { file, tries } = waiting.shift();
      given = { file, tries: tries + 1, box: box(), clips: clips(), at: performance.now() };
      handOver(given.box, new File([file], file.name, { type: "video/x-any" })); // gradio's player takes nothing else
      setTimeout(page.changed, PATIENCE);
    } else if (performance.now() - asked < PATIENCE) {
      setTimeout(page.changed, PATIENCE);
    } else if (add) {
      asked = performance.now();
      add.click();
    } else if (!room && document.querySelector(".rt-clip")) {
      waiting.length = 0;
      page.tell("clips.full", { count: document.querySelectorAll(".rt-clip").length });
    }
  });

  page.whenChanged(() => {
    const input = box();
    if (!input || input.multiple) return;
    input.multiple = true;
    if (matchMedia("(hover: none)").matches) input.accept += `,${PICTURES}`; // a phone offers its camera and its pictures
    else input.removeAttribute("accept");
  });
  document.addEventListener(
    "change",
    (event) => {
      if (handing || event.target !== box()) return;
      event.stopImmediatePropagation();
      const files = [...event.target.files];
      event.target.value = "";
      bring(files);
    },
    true,
  );

  let own = false; // a picture of the page that is dragged is a file to the browser, too
  document.addEventListener("dragstart", () => (own = true), true);
  document.addEventListener("dragend", () => (own = false), true);
  const carriesFiles = (event) => !own && mayBring() && [...(event.dataTransfer?.types ?? [])].includes("Files");
  const hover = (now) => document.documentElement.classList.toggle("rt-dragging", now);
  document.addEventListener(
    "dragover",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      hover(true);
    },
    true,
  );
  document.addEventListener("dragleave", (event) => event.relatedTarget || hover(false), true);
  document.addEventListener(
    "drop",
    (event) => {
      hover(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      bring([...event.dataTransfer.files]);
    },
    true,
  );
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !mayBring()) return;
    event.preventDefault();
    bring(files);
  });
})();
