// A link to a clip: pasted anywhere but into a text that is being written, or into the line below the place for
// clips. The line's button hands it to the server (links/line.py), which fetches the clip.
(() => {
  const button = () => document.querySelector("#rt-link button");
  const line = () => document.querySelector("#rt-link-url");
  const isLink = (text) => /^https?:\/\/\S+$/i.test(text);

  function open(link) {
    line().value = "";
    button().dataset.url = link;
    button().click();
    button().dataset.url = "";
  }

  document.addEventListener("paste", (event) => {
    const text = (event.clipboardData?.getData("text/plain") ?? "").trim();
    if (!button() || event.defaultPrevented || !isLink(text)) return;
    const box = event.target.closest?.("input, textarea");
    if (box && box !== line() && (box.value || !box.closest("#rt-question"))) return;
    event.preventDefault();
    open(text);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === line() && line().value.trim()) open(line().value.trim());
  });
  document.addEventListener(
    "click",
    (event) => {
      const pressed = button() && event.target.closest?.("#rt-link button") === button();
      if (!pressed || button().dataset.url) return;
      event.stopPropagation(); // the server is asked once there is a link
      if (line().value.trim()) open(line().value.trim());
      else line().focus();
    },
    true,
  );
})();
