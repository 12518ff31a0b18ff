// The bar of the clip's time (timebar/bar.py): its pictures side by side, below them a stretch for each line that
// is said or written, and a hand at the moment of the player. A click goes to the moment that it points at.
(() => {
  const page = window.reelTalk;
  const bar = () => document.querySelector(".rt-timebar");
  const percent = (seconds) => `${(100 * seconds) / Number(bar().dataset.duration)}%`;

  function stretch(line) {
    const { seek, end } = line.querySelector("[data-seek]").dataset;
    const made = document.createElement("b");
    made.title = line.querySelector(".rt-words").textContent;
    made.style.left = percent(Number(seek));
    made.style.width = percent(Number(end) - Number(seek));
    return made;
  }

  function fill(parent, all, make) {
    const key = all.map((each) => each.dataset.key ?? each.textContent).join("\n") + all.length + bar().dataset.duration;
    if (parent.dataset.filled === key) return;
    parent.dataset.filled = key;
    parent.replaceChildren(...all.map(make));
    parent.hidden = !all.length;
  }

  page.whenChanged(() => {
    if (!bar()) return;
    const picture = (frame) => {
      const made = new Image();
      made.src = frame.querySelector("img").src;
      made.alt = "";
      return made;
    };
    fill(bar().querySelector(".rt-film"), [...document.querySelectorAll(".rt-frame[data-seek]")], picture);
    for (const lane of bar().querySelectorAll(".rt-lane")) {
      const lines = [...document.querySelectorAll(`.rt-line-${lane.dataset.kind}`)];
      fill(lane, lines.filter((line) => line.querySelector("[data-seek]")), stretch);
    }
    move();
  });

  function move() {
    const hand = bar()?.querySelector(".rt-hand");
    if (hand) hand.style.left = percent(page.player()?.currentTime ?? 0);
  }
  const moved = ({ target }) => target === page.player() && move();
  for (const how of ["timeupdate", "seeking"]) document.addEventListener(how, moved, true);

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.(".rt-timebar");
    if (!pressed) return;
    const { left, width } = pressed.getBoundingClientRect();
    page.seek(((event.clientX - left) / width) * Number(pressed.dataset.duration));
  });
})();
