// An answer is read aloud by the browser's own voices, in the language that it is written in; pressed again, or
// with the next one, it is silent.
(() => {
  const page = window.reelTalk;
  if (!window.speechSynthesis) return; // then there is no such button
  let speaking = null; // the button

  function silence() {
    speechSynthesis.cancel();
    speaking?.setAttribute("aria-pressed", "false");
    speaking = null;
  }

  page.aloud = (button, text) => {
    const again = speaking === button;
    silence();
    if (again) return;
    const words = Object.assign(new SpeechSynthesisUtterance(text), { lang: /[\u3400-\u9fff]/.test(text) ? "zh-CN" : "en" });
    words.onend = words.onerror = () => speaking === button && silence();
    speaking = button;
    button.setAttribute("aria-pressed", "true");
    speechSynthesis.speak(words);
  };
  page.whenChanged(() => speaking && !speaking.isConnected && silence());
  addEventListener("pagehide", silence);
})();
