// The small buttons beside finished questions and answers: edit; copy, read aloud, good, bad, what it cost, the
// other answers. What they do is told in chat/question.py, chat/rating.py, chat/tools.py and aloud.js; copying
// and showing the cost is done here.
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
    aloud: icon("M4 9v6h4l5 4V5L8 9zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11"),
    info: icon("M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v6M12 7.5v.1"),
    older: icon("M14 7l-5 5l5 5"),
    newer: icon("M10 7l5 5l-5 5"),
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

  // The names of what stands beside a row; "2/3" is a text. A stopped answer without a word has no tools but those
  // that lead to other answers.
  function wanted(asked, cost) {
    if (asked) return ["edit"];
    const way = /rt-way-(\d+)-(\d+)/.exec(cost.className);
    const ways = way ? ["older", `${way[1]}/${way[2]}`, "newer"] : [];
    if (cost.classList.contains("rt-wordless")) return ways;
    const info = cost.textContent ? ["info"] : [];
    return ["copy", ...(page.aloud ? ["aloud"] : []), "up", "down", ...info, ...ways];
  }

  function made(name) {
    return name in ICONS ? button(name) : Object.assign(document.createElement("span"), { textContent: name });
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
        row.querySelector(".flex-wrap").append(tools);
      }
      const names = wanted(asked, cost);
      if (tools.dataset.names !== names.join()) tools.replaceChildren(...names.map(made));
      tools.dataset.names = names.join();
      tools.dataset.turn = Math.floor(place / 2);
      for (const each of tools.querySelectorAll("button")) {
        const name = each.dataset.tool;
        label(each, each.dataset.done ? "copied" : name);
        if (name === "up" || name === "down") {
          const pressed = String(cost.classList.contains(`rt-rated-${name}`));
          if (each.getAttribute("aria-pressed") !== pressed) each.setAttribute("aria-pressed", pressed);
        }
        if (name === "info" && !each.ariaExpanded) each.ariaExpanded = "false";
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
    const answers = rows().filter((row) => row.querySelector(".rt-cost, .rt-failed"));
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
    else if (name === "aloud") page.aloud(made, textOf(made.closest(".message-row")));
    else if (name === "info") made.ariaExpanded = String(made.ariaExpanded !== "true");
    else if (name === "older" || name === "newer") page.raise("select", { turn, step: name === "older" ? -1 : 1 });
    else if (name === "edit") {
      page.raise("edit", { turn });
      document.querySelector("#rt-question textarea").focus();
    } else {
      page.raise("like", { turn, rating: name });
      rated = true;
    }
  });
})();
