// What is done too early waits: a question until its clip has come to the server, a setting that is being
// changed until it rests.
(() => {
  const page = window.reelTalk;
  const REST = 500; // ms
  const waiting = [];
  const notice = Object.assign(document.createElement("div"), { className: "rt-status rt-busy" });
  const text = notice.appendChild(document.createElement("span"));
  notice.setAttribute("role", "status");

  // Gradio is uploading, or has done so and the server has not said a word yet.
  function onItsWay() {
    const shown = document.querySelector('#rt-player [data-testid$="-player"]');
    return document.querySelector("#rt-player .uploading") || (shown && !document.querySelector("#rt-status .rt-status"));
  }

  page.onItsWay = onItsWay;

  page.whenChanged(() => {
    if (!waiting.length) return;
    if (onItsWay()) {
      if (text.textContent !== page.words["chat.uploading"]) text.textContent = page.words["chat.uploading"];
      if (!notice.isConnected) document.querySelector("#rt-ask").before(notice);
      return;
    }
    notice.remove();
    waiting.splice(0).forEach((go) => go());
  });

  page.afterUpload = async (values) => {
    page.asking(values[0]);
    if (onItsWay()) {
      await new Promise((go) => {
        waiting.push(go);
        page.changed();
      });
    }
    return page.atMoment(values);
  };

  // Only the last of several calls ever comes back.
  let last = 0;
  page.atRest = (values) => {
    clearTimeout(last);
    return new Promise((go) => (last = setTimeout(() => go(values), REST)));
  };
})();
