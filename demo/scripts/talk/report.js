// The report: which clip and model, the frames that it saw, with their times, and all that was said, as text with
// pictures.
// Everything is on the page already, so no server is asked.
(() => {
  const page = window.reelTalk;
  const ROW = 8; // pictures, so that they fit a sheet of paper
  const escaped = (text) => Object.assign(document.createElement("i"), { textContent: text }).innerHTML;

  function report() {
    const frames = [...document.querySelectorAll(".rt-frame")];
    const rows = Array.from({ length: Math.ceil(frames.length / ROW) }, (_, row) => frames.slice(row * ROW, (row + 1) * ROW));
    const cells = (row, cell) => `<tr>${row.map((frame) => `<td>${cell(frame)}</td>`).join("")}</tr>`;
    const picture = (frame) => `<img height="62" alt="" src="${frame.querySelector("img").src}">`;
    const time = (frame) => escaped(frame.innerText.trim());
    const strip = rows.map((row) => cells(row, picture) + cells(row, time)).join("");
    const said = [...document.querySelectorAll("#rt-chat .message-row")].map((row) =>
      row.classList.contains("user-row")
        ? `<p><b>${escaped(row.querySelector("[data-testid=user]").innerText.trim())}</b></p>`
        : `<p>${escaped(page.textOf(row)).replaceAll("\n", "<br>")}</p>`,
    );
    const words = (element) => document.querySelector(element)?.textContent.trim() ?? "";
    const title = (frames.length && words(".rt-clip.rt-shown [data-talk]")) || page.words["export.title"];
    const model = page.words["export.model"].replace("{model}", () => words(".rt-model strong"));
    const head = `<h2>${escaped(title)}</h2><p>${escaped(model)}</p>`;
    return `${head}<table>${strip}</table>${said.join("")}`;
  }

  async function copyPictures(html) {
    const box = Object.assign(document.createElement("div"), { innerHTML: html });
    document.body.append(box);
    const text = box.innerText;
    if (navigator.clipboard?.write) {
      const as = (type, data) => [type, new Blob([data], { type })];
      const item = new ClipboardItem(Object.fromEntries([as("text/html", html), as("text/plain", text)]));
      await navigator.clipboard.write([item]);
    } else { // a page without https
      getSelection().selectAllChildren(box);
      document.execCommand("copy");
    }
    box.remove();
  }

  page.copyReport = async () => {
    await copyPictures(report());
    const button = document.querySelector("#rt-keep-report");
    button.classList.add("rt-done");
    page.say(page.words["tool.copied"]);
    setTimeout(() => button.classList.remove("rt-done"), 1500);
  };
})();

// A file that the server made for this visitor alone is saved by the browser: it lies nowhere else.
window.reelTalk.save = ({ name, text }) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
