// Every tab keeps a conversation of its own. What gradio keeps for all tabs of the browser is the latest of
// them: with it a new tab begins.
(() => {
  const page = window.reelTalk;
  const KEY = "reeltalk.history";
  let begun = false; // before, gradio tells of what it has found for all tabs

  page.remembered = (latest) => {
    begun = true;
    const own = JSON.parse(sessionStorage.getItem(KEY));
    latest?.talks?.forEach((talk) => delete talk.id); // what another tab goes on with is a conversation of its own
    return own ?? latest;
  };

  // What no server has heard, or none has answered to its end, is put back into the box after a reload.
  const UNSENT = "reeltalk.unsent";
  const box = () => document.querySelector("#rt-question textarea");
  let typed = "";
  let asked = ""; // and taken out of the box since what was kept last
  document.addEventListener("input", ({ target }) => {
    if (target !== box()) return;
    typed = target.value;
  });
  page.asking = (question) => (asked = question);
  function putBack() {
    const unsent = sessionStorage.getItem(UNSENT);
    sessionStorage.removeItem(UNSENT);
    if (unsent && !box().value) page.type(unsent);
  }
  page.type = (text) => {
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  };

  let leaving = false; // a second reload would break off the first
  function beginAgain() {
    if (leaving) return;
    leaving = true;
    const unsent = typed || asked;
    if (unsent) sessionStorage.setItem(UNSENT, unsent);
    location.reload();
  }

  // A server that was started anew, or has not heard of this page for long, knows nothing of its talks and
  // would have them forgotten: the page begins again with what it has kept.
  let visit = null;
  page.arrived = (record) => {
    visit = record.visit;
    putBack();
  };
  page.remember = (record) => {
    if (visit && record.visit !== visit) beginAgain();
    else if (begun) {
      sessionStorage.setItem(KEY, JSON.stringify(record));
      page.keepHistory(record);
      typed = box()?.value ?? "";
      asked = "";
    }
  };

  // Gradio sends nothing any more once it has lost its connection: the page begins again as soon as there is a
  // server to do so with.
  const AGAIN = 2000; // ms
  let lost = false;
  page.connectionLost = async () => {
    if (lost) return;
    lost = true;
    for (;;) {
      const answer = await fetch("health", { cache: "no-store" }).catch(() => null);
      if (answer && [200, 503].includes(answer.status)) return beginAgain(); // 503: its model is being loaded
      await new Promise((go) => setTimeout(go, AGAIN));
    }
  };
})();
