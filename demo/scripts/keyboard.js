// What the keyboard does beyond what gradio's controls do by themselves.
(() => {
  const isTyping = (element) => element.closest("input:not([type=radio], [type=checkbox]), textarea, [contenteditable]");
  const question = () => document.querySelector("#rt-question textarea");

  // "/" goes to the question; Esc stops the answer, or leaves a question unchanged.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "/" && !isTyping(event.target)) {
        event.preventDefault();
        question().focus();
      } else if (event.key === "Escape") {
        document.querySelector("#rt-stop, .rt-editing button")?.click();
      }
    },
    true,
  );

  // Gradio's player takes any key for "play", Tab among them, and none for "full screen".
  document.addEventListener(
    "keydown",
    (event) => {
      const control = event.target.closest?.("#rt-player .controls [role=button]");
      if (!control) return;
      event.stopImmediatePropagation();
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      control.click();
    },
    true,
  );

  // A button that goes, or can no longer be used, under somebody's fingers hands them on: "Add another" to the
  // place for it as soon as that is there, every other to the question; so does the box for a reason.
  let held = null;
  const MAY_GO = "button:focus-visible, #rt-reason textarea";
  document.addEventListener("focusin", ({ target }) => (held = target.matches(MAY_GO) ? target : null));
  document.addEventListener("pointerdown", () => (held = null), true);
  window.reelTalk.whenChanged(() => {
    if (!held || (held.isConnected && !held.disabled)) return;
    if (![held, document.body].includes(document.activeElement)) return;
    const next = held.matches(".rt-add") ? document.querySelector("#rt-player .upload-container > button") : question();
    next?.focus();
  });

  // Gradio names every radio button differently, so that no arrow would lead from one to the next.
  window.reelTalk.whenChanged(() => {
    for (const radio of document.querySelectorAll("input[type=radio]")) {
      const group = radio.closest("[id^=rt-]").id;
      if (radio.name !== group) radio.name = group;
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
