// The question can be spoken: pressed once the button records, pressed again, or after a minute, what was recorded
// goes to the server, which writes it down in the box.
(() => {
  const page = window.reelTalk;
  const LONGEST = 60000; // ms
  const ENDINGS = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "mp4" };
  const button = () => document.querySelector("#rt-mic");
  const possible = Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder);
  let recorder = null;
  let state = ""; // "", "recording", "hearing"

  function become(now) {
    state = now;
    page.changed();
  }

  page.whenChanged(() => {
    if (!button()) return;
    button().hidden = !possible;
    if (button().dataset.state !== state) button().dataset.state = state;
    const pressed = String(state === "recording");
    if (button().getAttribute("aria-pressed") !== pressed) button().setAttribute("aria-pressed", pressed);
    const label = page.words?.[state ? `voice.${state}` : "voice.speak"];
    if (!label || button().title === label) return;
    button().title = label;
    button().setAttribute("aria-label", label);
  });

  async function record() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const type = recorder.mimeType.split(";")[0];
      send(new File(parts, `question.${ENDINGS[type] ?? "webm"}`, { type }));
    };
    recorder.start();
    become("recording");
    const mine = recorder;
    setTimeout(() => mine.state === "recording" && mine.stop(), LONGEST);
  }

  function send(file) {
    become("hearing");
    const given = new DataTransfer();
    given.items.add(file);
    const input = document.querySelector("#rt-recording input[type=file]");
    input.files = given.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  page.heard = () => {
    become("");
    document.querySelector("#rt-question textarea").focus();
  };

  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("#rt-mic")) return;
    if (state === "recording") recorder.stop();
    else if (!state) record().catch(() => become("denied"));
    else if (state === "denied") become("");
  });
})();
