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
  page.remember = (record) => begun && sessionStorage.setItem(KEY, JSON.stringify(record));
})();
