// The page's language where gradio has words of its own.
(() => {
  const root = document.documentElement;

  // Gradio's own words follow the browser's language or none at all: ours take their place.
  // [what, key of its label, key of its visible text]
  const WORDS = [
    ["#rt-player .upload-container > button", "clip.drop"],
    ["#rt-player .source-selection button:first-of-type", "clip.upload"],
    ["#rt-player .source-selection button:last-of-type", "clip.record"],
    ["#rt-player [title='grant webcam access']", "clip.camera", "clip.camera"],
    ["#rt-player [title='start recording']", "clip.start", "clip.start"],
    ["#rt-player [title='stop recording']", "clip.finish", "clip.finish"],
    ["#rt-player .capture-button", "clip.record"],
    ["#rt-player .controls .inner > [role=button]:first-child", "clip.play"],
    ["#rt-player .volume-button", "clip.volume"],
    ["#rt-player .controls .inner > [role=button]:last-child", "clip.full_screen"],
    ["#rt-chat [role=log]", "chat.label"],
    ["#rt-chat .scroll-down-button-container button", "chat.latest"],
    ["#rt-settings .reset-button", "settings.reset"],
    [".toast-close", "page.close"],
  ];
  // [where, what it says, key of what it is to say]
  const SENTENCES = [
    [".toast-title", /./, "page.attention"],
    [".toast-message-text", /^\s*Invalid file type.*Only .*\.srt/, "said.wrong_kind"],
    [".toast-message-text", /^\s*Invalid file type.*Only .*\.json/, "keep.wrong_kind"],
    [".toast-message-text", /Connection to the server was lost/, "page.connection_lost"],
    ["#rt-player .uploading", /./, "clip.uploading"],
  ];
  const page = window.reelTalk;
  let words = null;

  const setAttribute = (element, name, text) => {
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  };
  const textNodes = (element) =>
    [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  function ourWords() {
    if (!words) return;
    for (const [what, label, text] of WORDS) {
      for (const element of document.querySelectorAll(what)) {
        element.dataset.rtLabel = label;
        if (text) element.dataset.rtText = text;
      }
    }
    for (const element of document.querySelectorAll("[data-rt-label]")) {
      setAttribute(element, "aria-label", words[element.dataset.rtLabel]);
      if (element.title) setAttribute(element, "title", words[element.dataset.rtLabel]);
      if (!element.dataset.rtText) continue;
      const place = element.querySelector(".wrap") ?? element.parentElement;
      for (const node of textNodes(place)) {
        if (node.data.trim() !== words[element.dataset.rtText]) node.data = ` ${words[element.dataset.rtText]}`;
      }
    }
    for (const input of document.querySelectorAll("#rt-settings input[aria-label]")) {
      setAttribute(input, "aria-label", input.ariaLabel.replace(/^(number input|range slider) for /, ""));
    }
    // The drop zone's words come from page.css; a message is read out as it stands.
    for (const zone of document.querySelectorAll("#rt-player [data-testid=upload-text]")) {
      [zone, ...zone.children].flatMap(textNodes).forEach((node) => (node.data = ""));
    }
    document.querySelectorAll("#rt-chat .message [aria-label]").forEach((e) => e.removeAttribute("aria-label"));
    for (const [where, what, key] of SENTENCES) {
      for (const element of document.querySelectorAll(where)) {
        for (const node of [element, ...element.querySelectorAll("*")].flatMap(textNodes)) {
          if (!what.test(node.data) || node.data.trim() === words[key]) continue;
          node.data = words[key];
          element.dataset.rtSaid = key;
          if (key === "page.connection_lost") page.connectionLost();
        }
      }
    }
    // That a file cannot be played is told below the player (clip/slides.js).
    for (const text of document.querySelectorAll(".toast-message-text")) {
      const toast = /not playable/.test(text.textContent) && text.closest(".toast-body");
      if (!toast) continue;
      toast.style.visibility = "hidden"; // gradio lets it fade
      toast.querySelector(".toast-close").click();
    }
  }

  page.speak = (lang, catalogues, largest) => {
    root.lang = lang === "zh" ? "zh-CN" : "en";
    page.words = words = catalogues[lang];
    page.largest = largest; // bytes of an uploaded file
    document.title = words["page.title"];
    page.changed();
    ourWords();
    root.dataset.ready = "";
  };
  page.whenChanged(ourWords);
})();
