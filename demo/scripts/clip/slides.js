// What the browser cannot play as a video is a picture, and shown as it is; or else the frames that the model saw take
// its place, one after the other, with a line that says so.
(() => {
  const page = window.reelTalk;
  const EACH = 1000; // ms
  const frames = () => [...document.querySelectorAll(".rt-frame")];
  const note = Object.assign(document.createElement("p"), { id: "rt-unplayable", className: "rt-note" });
  let slides = null;
  let turning = 0;

  function show(frame) {
    if (!slides || !frame) return;
    slides.querySelector("img").src = frame.querySelector("img").src;
    slides.querySelector("figcaption").textContent = frame.textContent;
    frames().forEach((each) => each.classList.toggle("rt-now", each === frame));
  }

  function turn() {
    const all = frames();
    show(all[(all.findIndex((frame) => frame.classList.contains("rt-now")) + 1) % all.length]);
  }

  function clear() {
    clearInterval(turning);
    slides?.remove();
    note.remove();
    slides = null;
    document.querySelector("#rt-player")?.classList.remove("rt-unplayable", "rt-picture");
  }

  function play(works) {
    clear();
    if (works) return;
    document.querySelector("#rt-player").classList.add("rt-unplayable");
    const source = page.player().src;
    const picture = new Image();
    const ifStillThere = (show) => () => page.player()?.src === source && !slides && show(picture);
    picture.onload = ifStillThere(showPicture);
    picture.onerror = ifStillThere(showSlides);
    picture.src = source;
  }

  function showPicture(picture) {
    openSlides(picture);
    picture.alt = page.words["clip.label"];
    document.querySelector("#rt-player").classList.add("rt-picture");
  }

  function showSlides() {
    openSlides(document.createElement("img"));
    document.querySelector("#rt-player").after(note);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) turning = setInterval(turn, EACH);
  }

  function openSlides(picture) {
    slides = document.createElement("figure");
    slides.id = "rt-slides";
    slides.append(picture, document.createElement("figcaption"));
    document.querySelector("#rt-player").append(slides);
  }

  // There are no frames before the model has seen the clip, and other ones when it has looked again.
  page.whenChanged(() => {
    if (slides && !(slides.isConnected && page.player())) clear();
    if (!slides || !note.isConnected) return;
    const text = page.words["clip.unplayable"];
    if (note.textContent !== text) note.textContent = text;
    const picture = slides.querySelector("img");
    if (!frames().some((frame) => frame.querySelector("img").src === picture.src)) turn();
  });

  // Of some clips a browser plays the sound and knows no picture.
  const works = (video) => video.videoWidth > 0;
  const told = ({ target }) => target === page.player() && play(target.error === null && works(target));
  document.addEventListener("error", told, true);
  document.addEventListener("loadedmetadata", told, true);

  // The frame at a moment, to stay.
  page.showSlide = (frame) => {
    if (!slides) return;
    clearInterval(turning);
    show(frame);
  };
})();
