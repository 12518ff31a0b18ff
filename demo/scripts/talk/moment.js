// The moment at which the player stands goes with a question: what "now" and "this" mean. Where it was never
// moved, they mean no moment.
(() => {
  const page = window.reelTalk;

  function moment() {
    const frame = document.querySelector("#rt-player.rt-unplayable") && document.querySelector(".rt-frame.rt-now");
    return Number(frame ? frame.dataset.seek : page.player()?.currentTime) || null;
  }

  // values: of an event that asks, the last one of them the moment.
  page.atMoment = (values) => [...values.slice(0, -1), moment()];
})();
