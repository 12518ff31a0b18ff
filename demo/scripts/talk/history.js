// The conversations that this browser has kept, those of closed clips and cleared chats too: listed in the sheet,
// found by their words, renamed, opened, deleted. The server never sees the list.
(() => {
  const page = window.reelTalk;
  const KEY = "reeltalk.kept";
  const MOST = 50;
  const MOST_CHARACTERS = 2e6; // a browser keeps some 5 million for a site
  let open = []; // the ids of those on the page
  let query = "";
  let renaming = null;

  const all = () => JSON.parse(localStorage.getItem(KEY)) ?? [];

  function store(kept) {
    const fitting = kept.slice(0, MOST);
    while (fitting.length && JSON.stringify(fitting).length > MOST_CHARACTERS) fitting.pop();
    localStorage.setItem(KEY, JSON.stringify(fitting));
    page.changed();
  }

  // record: what the page keeps of a tab (keep/memory.py).
  page.keepHistory = (record) => {
    if (!record.remember) {
      open = [];
      return store([]);
    }
    const said = record.talks.filter((talk) => talk.conversation.turns.length);
    open = said.map((talk) => talk.id);
    const before = all();
    const same = (talk) => before.find((each) => each.id === talk.id);
    const when = (talk) => {
      const old = same(talk);
      return old && JSON.stringify(old.conversation) === JSON.stringify(talk.conversation) ? old.when : Date.now();
    };
    const now = said.map((talk) => ({ ...talk, title: talk.title || same(talk)?.title || "", when: when(talk) }));
    store([...now, ...before.filter((each) => !open.includes(each.id))].sort((a, b) => b.when - a.when));
  };

  const nameOf = ({ title, conversation }) => title || conversation.turns[0].question;
  const textOf = ({ title, conversation: { clip, turns } }) =>
    [title, clip.name, ...turns.flatMap((turn) => [turn.question, turn.answer])].join("\n").toLowerCase();

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function tool(name, text, id) {
    const label = page.words[`history.${name}`];
    const made = element("button", { type: "button", textContent: text, title: label, ariaLabel: label });
    made.dataset[name] = id;
    return made;
  }

  function row(kept) {
    const { id, when, conversation } = kept;
    const item = element("li", {});
    if (renaming === id) {
      const box = element("input", { value: nameOf(kept), maxLength: 200, ariaLabel: page.words["history.rename"] });
      box.dataset.naming = id;
      item.append(box);
      return item;
    }
    const date = new Date(when).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const about = element("small", { textContent: [conversation.clip.name, date].filter(Boolean).join(" · ") });
    const go = element("button", { type: "button" }, element("span", { textContent: nameOf(kept) }), about);
    go.dataset.opened = id;
    if (open.includes(id)) go.setAttribute("aria-current", "true");
    item.append(go, tool("rename", "✎", id), ...(open.includes(id) ? [] : [tool("delete", "×", id)]));
    return item;
  }

  page.whenChanged(() => {
    const list = document.querySelector("#rt-history-list");
    if (!list || !page.words || document.documentElement.dataset.open !== "keep") return;
    const words = query.toLowerCase().split(/\s+/);
    const found = all().filter((kept) => words.every((word) => textOf(kept).includes(word)));
    const key = JSON.stringify([found.map((kept) => [kept.id, nameOf(kept), kept.when]), open, renaming, document.documentElement.lang]);
    if (list.dataset.shown === key) return;
    list.dataset.shown = key;
    const none = element("li", { textContent: page.words[query ? "history.none" : "history.empty"] });
    list.replaceChildren(...(found.length ? found.map(row) : [none]));
    list.querySelector("[data-naming]")?.select();
  });

  function rename(box) {
    const [id, title] = [box.dataset.naming, box.value.trim()];
    if (renaming !== id) return;
    renaming = null;
    store(all().map((kept) => (kept.id === id ? { ...kept, title } : kept)));
    if (open.includes(id)) page.tellHistory("edit", { id, title });
  }

  document.addEventListener("input", ({ target }) => {
    if (target.id !== "rt-history-find") return;
    query = target.value.trim();
    page.changed();
  });
  document.addEventListener("focusout", ({ target }) => target.dataset.naming && rename(target));
  document.addEventListener("keydown", (event) => {
    if (event.target.dataset?.naming && event.key === "Enter" && !event.isComposing) rename(event.target);
  });
  document.addEventListener("click", ({ target }) => {
    const data = target.closest?.("#rt-history-list button")?.dataset;
    if (!data) return;
    if (data.opened) page.tellHistory("select", all().find((kept) => kept.id === data.opened));
    if (data.delete) store(all().filter((kept) => kept.id !== data.delete));
    if (data.rename) renaming = data.rename;
    page.changed();
  });
})();
