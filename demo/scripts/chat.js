// The small buttons beside finished questions and answers: edit; copy, good, bad. What they do is told in
// chat/question.py and chat/rating.py; copying alone is done here.
(() => {
  const page = window.reelTalk;
  const icon = (path) =>
    `<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.8"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`;
  const THUMB = "M7 11v9H4v-9zM7 11l4-8a2.4 2.4 0 0 1 2.4 2.9L12.7 9H18a2 2 0 0 1 2 2.4l-1.3 7A2 2 0 0 1 16.7 20H7";
  const ICONS = {
    edit: icon("M4 20h4L19 9l-4-4L4 16zM13 7l4 4"),
    copy: icon("M9 9h11v11H9zM5 15H4V4h11v1"),
    copied: icon("M5 12l5 5L20 7"),
    up: icon(THUMB),
    down: icon(THUMB),
  };
  const rows = () => [...document.querySelectorAll("#rt-chat .message-row")];

  function button(name) {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.tool = name;
    made.innerHTML = ICONS[name];
    return made;
  }

  function label(element, name) {
    const text = page.words?.[`tool.${name}`] ?? "";
    if (element.getAttribute("aria-label") === text) return;
    element.setAttribute("aria-label", text);
    element.title = text;
  }

  // A row is a question or an answer, in turns; gradio may reuse it for another one.
  page.whenChanged(() => {
    const all = rows();
    all.forEach((row, place) => {
      const asked = row.classList.contains("user-row");
      const cost = (asked ? all[place + 1] : row)?.querySelector(".rt-cost"); // only what is over has one
      let tools = row.querySelector(".rt-turn-tools");
      if (!cost) return tools?.remove();
      if (!tools) {
        tools = document.createElement("div");
        tools.className = "rt-turn-tools";
        tools.append(...(asked ? ["edit"] : ["copy", "up", "down"]).map(button));
        row.querySelector(".flex-wrap").append(tools);
      }
      tools.dataset.turn = Math.floor(place / 2);
      for (const each of tools.children) {
        const name = each.dataset.tool;
        label(each, each.dataset.done ? "copied" : name);
        if (name === "up" || name === "down") {
          const pressed = String(cost.classList.contains(`rt-rated-${name}`));
          if (each.getAttribute("aria-pressed") !== pressed) each.setAttribute("aria-pressed", pressed);
        }
      }
    });
  });

  // Gradio would have every piece of a streamed answer read out: only a whole answer is, once.
  const spoken = Object.assign(document.createElement("div"), { className: "rt-spoken" });
  spoken.setAttribute("aria-live", "polite");
  let over = 0;
  page.whenChanged(() => {
    document.querySelector("#rt-chat [role=log]")?.setAttribute("aria-live", "off");
    if (!spoken.isConnected) document.querySelector(".gradio-container")?.append(spoken);
    const answers = rows().filter((row) => row.querySelector(".rt-cost"));
    if (answers.length > over) spoken.textContent = textOf(answers.at(-1));
    over = answers.length;
  });

  function textOf(row) {
    const copy = row.querySelector("[data-testid=bot]").cloneNode(true);
    copy.querySelectorAll(".rt-cost").forEach((cost) => cost.remove());
    document.body.append(copy); // only what is on the page has lines
    const text = copy.innerText.trim();
    copy.remove();
    return text;
  }

  page.textOf = textOf;
  page.say = (text) => (spoken.textContent = text);

  async function toClipboard(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const box = Object.assign(document.createElement("textarea"), { value: text }); // a page without https
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }

  page.toClipboard = toClipboard;

  async function copy(made) {
    await toClipboard(textOf(made.closest(".message-row")));
    made.dataset.done = "true";
    made.innerHTML = ICONS.copied;
    setTimeout(() => {
      delete made.dataset.done;
      made.innerHTML = ICONS.copy;
    }, 1500);
  }

  // What is said above the question while it is changed pushes it down.
  let editing = false;
  page.whenChanged(() => {
    const now = Boolean(document.querySelector(".rt-editing"));
    if (now && !editing) document.querySelector("#rt-ask").scrollIntoView({ block: "nearest" });
    editing = now;
  });

  // Who rates can say why at once. On a touch screen, a keyboard would come up unasked.
  let rated = false;
  page.whenChanged(() => {
    const reason = document.querySelector("#rt-reason textarea");
    if (!rated || !reason) return;
    rated = false;
    if (matchMedia("(hover: hover)").matches) reason.focus();
  });

  document.addEventListener("click", (event) => {
    const made = event.target.closest?.(".rt-turn-tools button");
    if (!made) return;
    const name = made.dataset.tool;
    const turn = Number(made.parentElement.dataset.turn);
    if (name === "copy") copy(made);
    else if (name === "edit") {
      page.raise("edit", { turn });
      document.querySelector("#rt-question textarea").focus();
    } else {
      page.raise("like", { turn, rating: name });
      rated = true;
    }
  });
})();
