// What is said and written in the clip: the line of the moment is marked and kept in sight while the clip plays,
// a search leaves the lines that have it, and the title folds the panel, on a phone from the beginning.
(() => {
  const page = window.reelTalk;
  const AT_REST = 4000; // ms after which lines that somebody has scrolled follow the player again
  const panel = () => document.querySelector("#rt-transcript");
  const box = () => document.querySelector("#rt-lines"); // alone is scrolled, never the page
  const lines = () => [...document.querySelectorAll(".rt-line")];
  const seekOf = (line) => line.querySelector("[data-seek]")?.dataset;
  const wordsOf = (line) => line.querySelector(".rt-words");
  let query = "";
  let touched = -AT_REST;
  let held = null; // the line that the keyboard is at
  let open = null;

  // The last line that has begun; between two lines of the same kind the first one stays.
  function current() {
    const now = page.player()?.currentTime;
    if (!now) return null;
    const begun = lines().filter((line) => !line.hidden && Number(seekOf(line)?.seek) <= now + 0.05);
    const going = begun.filter((line) => now < Number(seekOf(line).end));
    return (going.length ? going : begun).at(-1) ?? null;
  }

  function follow(scroll) {
    const now = current();
    for (const line of lines()) {
      line.classList.toggle("rt-line-now", line === now);
      const button = line.querySelector("button");
      if (line === now) button?.setAttribute("aria-current", "true");
      else button?.removeAttribute("aria-current");
    }
    if (!scroll || !now || performance.now() - touched < AT_REST) return;
    const [top, bottom] = [now.offsetTop, now.offsetTop + now.offsetHeight];
    if (top < box().scrollTop || bottom > box().scrollTop + box().clientHeight) {
      box().scrollTop = top - (box().clientHeight - now.offsetHeight) / 2;
    }
  }

  function mark(words, pattern) {
    const text = words.textContent;
    const parts = pattern ? text.split(pattern) : [text]; // every second one is a hit
    words.replaceChildren(
      ...parts.map((part, index) =>
        index % 2 ? Object.assign(document.createElement("mark"), { textContent: part }) : part,
      ),
    );
    return parts.length > 1;
  }

  function search() {
    const list = document.querySelector(".rt-lines");
    const found = document.querySelector("#rt-found");
    if (!list || (list.dataset.query ?? "") === query) return;
    list.dataset.query = query;
    const pattern = query && new RegExp(`(${query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "giu");
    const hits = lines().filter((line) => {
      const hit = mark(wordsOf(line), pattern);
      line.hidden = Boolean(pattern) && !hit;
      return hit;
    });
    const key = hits.length === 1 ? "one" : hits.length ? "many" : "none";
    found.textContent = query ? found.dataset[key].replace("{count}", hits.length) : "";
  }

  function fold(now) {
    open = now;
    panel().classList.toggle("rt-folded", !open);
    document.querySelector(".rt-fold").setAttribute("aria-expanded", String(open));
  }

  page.whenChanged(() => {
    const head = document.querySelector(".rt-fold");
    if (!head || !panel()) return;
    if (open === null && lines().length) fold(!matchMedia("(max-width: 760px)").matches);
    if (open !== null && head.getAttribute("aria-expanded") !== String(open)) fold(open); // in another language
    const find = document.querySelector("#rt-find");
    if (find.value !== query && document.activeElement !== find) find.value = query;
    search();
    follow(false);
    if (held && !held.isConnected && document.activeElement === document.body) {
      const same = lines().find((line) => seekOf(line)?.seek === held.dataset.seek);
      same?.querySelector("button").focus({ preventScroll: true });
    }
  });

  document.addEventListener("input", ({ target }) => {
    if (target.id !== "rt-find") return;
    query = target.value.trim();
    search();
    box().scrollTop = 0;
  });
  document.addEventListener("click", ({ target }) => target.closest?.(".rt-fold") && fold(!open));
  document.addEventListener("focusin", ({ target }) => (held = target.closest?.(".rt-line button") ?? null));
  for (const how of ["wheel", "touchmove", "pointerdown"]) {
    const touch = ({ target }) => target.closest?.("#rt-lines") && (touched = performance.now());
    document.addEventListener(how, touch, { capture: true, passive: true });
  }
  const moved = ({ target }) => target === page.player() && follow(!target.paused);
  for (const how of ["timeupdate", "seeked"]) document.addEventListener(how, moved, true);

  page.copyTranscript = async () => {
    const text = (line) => [line.querySelector("time")?.textContent, wordsOf(line).textContent].filter(Boolean).join(" ");
    await page.toClipboard(lines().map(text).join("\n"));
    const button = document.querySelector("#rt-transcript-copy");
    button.classList.add("rt-done");
    page.say(page.words["tool.copied"]);
    setTimeout(() => button.classList.remove("rt-done"), 1500);
  };
})();
