// What the keyboard does beyond what gradio's controls do by themselves.
(() => {
  const isTyping = (element) => element.closest("input:not([type=radio], [type=checkbox]), textarea, [contenteditable]");

  // "/" goes to the question; Esc stops the answer, or leaves a question unchanged.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "/" && !isTyping(event.target)) {
      event.preventDefault();
      document.querySelector("#rt-question textarea").focus();
    } else if (event.key === "Escape") {
      document.querySelector("#rt-stop, .rt-editing button")?.click();
    }
  });

  // Enter that picks a word in a Chinese input method must not send the question.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) {
        event.stopImmediatePropagation();
      }
    },
    true,
  );
})();
