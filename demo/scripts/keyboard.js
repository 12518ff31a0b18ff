// What the keyboard does beyond what gradio's controls do by themselves.
(() => {
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
