// Times lead to the player: a click on a sampled frame or on a time in an answer seeks, and the frames that
// the latest answer speaks of stand out while it is written and until the next one.
(() => {
  const page = window.reelTalk;
  const ROUNDED = 0.001; // s by which a time may be too early for its picture
  const frames = () => [...document.querySelectorAll(".rt-frame")];
  const timeOf = (link) => Number(link.getAttribute("href").split("#t=")[1]);

  function nearest(seconds) {
    const distance = (frame) => Math.abs(Number(frame.dataset.seek) - seconds);
    return frames().reduce((best, frame) => (best && distance(best) <= distance(frame) ? best : frame), null);
  }

  // A time in an answer is the whole second in which the stretch of a frame begins, half-way from the frame
  // before: so it means the first that begins from there on, or so little earlier that nobody would tell. Where
  // that frame is far away, a line that is said or written from that second on is meant before it.
  function toldBy(time) {
    const all = frames();
    const at = all.map((frame) => Number(frame.dataset.seek));
    const begins = at.map((now, index) => (index ? (at[index - 1] + now) / 2 : 0));
    const place = begins.findIndex((start) => time - 0.2 < start && start < time + 1);
    const near = place >= 0 && at[place] < time + 1;
    const lines = near ? [] : [...document.querySelectorAll(".rt-line [data-seek]")];
    const line = lines.find(({ dataset }) => time <= Number(dataset.seek) && Number(dataset.seek) < time + 1);
    const seconds = line ? Number(line.dataset.seek) : (at[place] ?? time);
    return { seconds, frame: nearest(seconds) };
  }

  function seek(seconds) {
    page.showSlide(nearest(seconds));
    const video = page.player();
    if (!video) return;
    video.currentTime = seconds + ROUNDED;
    video.scrollIntoView({ block: "nearest" });
  }

  page.seek = seek;

  document.addEventListener(
    "click",
    (event) => {
      const frame = event.target.closest?.("[data-seek]");
      const link = event.target.closest?.('a[href*="#t="]');
      if (!frame && !link) return;
      event.preventDefault();
      event.stopPropagation();
      seek(frame ? Number(frame.dataset.seek) : toldBy(timeOf(link)).seconds);
    },
    true,
  );

  // The frame that the player is at.
  document.addEventListener(
    "timeupdate",
    (event) => {
      if (event.target !== page.player()) return;
      const now = nearest(event.target.currentTime);
      frames().forEach((frame) => frame.classList.toggle("rt-now", frame === now));
    },
    true,
  );

  // The frames that the latest answer speaks of.
  let newest = null;
  page.whenChanged(() => {
    const answer = [...document.querySelectorAll("#rt-chat [data-testid=bot]")].at(-1);
    const links = [...(answer?.querySelectorAll('a[href*="#t="]') ?? [])];
    const told = links.map((link) => toldBy(timeOf(link)).frame);
    frames().forEach((frame) => frame.classList.toggle("rt-told", told.includes(frame)));
    const last = told.at(-1) ?? null;
    if (last && last !== newest) {
      const strip = last.parentElement; // it alone is scrolled, never the page
      strip.scrollTo({ left: last.offsetLeft - (strip.clientWidth - last.clientWidth) / 2 });
    }
    newest = last;
  });
})();

// Gradio's player fetches a program of 32 MB for its trimming as soon as it shows a clip. The page does not offer
// trimming (page.css), so nobody waits for that.
(() => {
  const fetched = window.fetch;
  window.fetch = (what, ...options) =>
    String(what).includes("/static/ffmpeg/") ? new Promise(() => {}) : fetched(what, ...options);
})();
