// Every tab keeps a conversation of its own. What gradio keeps for all tabs of the browser is the latest of
// them: with it a new tab begins.
(() => {
  const page = window.reelTalk;
  const KEY = "reeltalk.history";
  let begun = false; // before, gradio tells of what it has found for all tabs

  page.remembered = (latest) => {
    begun = true;
    return JSON.parse(sessionStorage.getItem(KEY)) ?? latest;
  };

  // What a server that knows nothing of the talks (below) did not hear is put back into the box.
  const UNSENT = "reeltalk.unsent";
  const box = () => document.querySelector("#rt-question textarea");
  let typed = "";
  document.addEventListener("input", (event) => {
    if (event.target === box()) typed = event.target.value;
  });
  function putBack() {
    const unsent = sessionStorage.getItem(UNSENT);
    sessionStorage.removeItem(UNSENT);
    if (!unsent || box().value) return;
    box().value = unsent;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A server that was started anew, or has not heard of this page for long, knows nothing of its talks and
  // would have them forgotten: the page begins again with what it has kept.
  let visit = null;
  let leaving = false; // a second reload would break off the first
  page.arrived = (record) => {
    visit = record.visit;
    putBack();
  };
  page.remember = (record) => {
    if (visit && record.visit !== visit) {
      if (typed) sessionStorage.setItem(UNSENT, typed);
      if (!leaving) location.reload();
      leaving = true;
    } else if (begun) {
      sessionStorage.setItem(KEY, JSON.stringify(record));
      typed = box()?.value ?? "";
    }
  };
})();
