"use strict";
(() => {
  const form = document.getElementById("filters");
  const rowHeight = 37;
  const headHeight = 60;

  // Copying: a button for each command, made when the command is first seen.
  function offerCopy(root) {
    for (const command of root.querySelectorAll(".command:not(:has(button))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${command.textContent}`);
      command.append(button);
    }
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      said = "Selected";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".command button");
    if (button) copy(button);
  });
  // Of a large report only the lines are there at first; what is below one is made when it is unfolded.
  function unpack(details) {
    const packed = details.querySelector(":scope > noscript");
    if (!packed) return;
    const template = document.createElement("template");
    template.innerHTML = packed.textContent;
    packed.replaceWith(template.content);
  }
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    unpack(event.target);
    offerCopy(event.target);
  }, true);
  for (const trouble of document.querySelectorAll(".trouble")) offerCopy(trouble);

  // On paper everything is unfolded, whatever the browser makes of the style sheet.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) {
      unpack(each);
      each.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
    folded = [];
  });

  // A link to a finding unfolds it, and shows it though the filters do not.
  function goTo(id) {
    const target = id && document.getElementById(id);
    if (!target || !target.matches("details.finding")) return;
    if (target.closest("[hidden]")) clearAll();
    target.open = true;
    target.scrollIntoView({ block: "center" });
  }

  const isState = () => location.hash.startsWith("#?");
  function anchor() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return "";
    }
  }
  if (!form) {
    addEventListener("hashchange", () => goTo(anchor()));
    goTo(anchor());
    return;
  }

  form.hidden = false;
  const shown = document.getElementById("shown");
  const selects = [...form.querySelectorAll("select")];
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const query = form.elements.q;

  const chunks = [];
  const groups = [];
  const entries = [];
  const clusters = [...document.querySelectorAll(".cluster")].map((element) => ({ element, shown: 0 }));
  const places = clusters.length ? clusters : [{ element: document.getElementById("main"), shown: 0 }];
  for (const place of places) {
    place.nothing = place.element.querySelector(".nothing");
    for (const check of place.element.querySelectorAll(".check")) {
      const group = { element: check, place, shown: 0, count: check.querySelector(".count"), total: 0, sized: -1 };
      groups.push(group);
      for (const element of check.querySelectorAll(".chunk")) {
        const chunk = { element, group, entries: [], shown: 0, sized: -1 };
        chunks.push(chunk);
        for (const finding of element.children) {
          const data = finding.dataset;
          const entry = {
            element: finding,
            chunk,
            heading: check.querySelector("h3, h4"),
            isShown: true,
            isHidden: false,
            severity: data.severity,
            status: data.status,
            area: data.area,
            services: data.services ? data.services.split(" ") : [],
            cluster: place.element.dataset.cluster,
            text: null,
          };
          entries.push(entry);
          chunk.entries.push(entry);
          group.total += 1;
        }
      }
    }
  }

  // The text of markup, as the report writes it: what it escapes is these five.
  const escaped = { "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'", "&amp;": "&" };
  const plain = (markup) => markup.replace(/<[^>]*>/g, " ").replace(/&(?:lt|gt|#34|#39|amp);/g, (each) => escaped[each]);

  // Texts are gathered while nobody waits for them.
  function textOf(entry) {
    if (entry.text === null) {
      const packed = entry.element.querySelector(":scope > noscript");
      const below = packed ? plain(packed.textContent) : "";
      const line = packed ? entry.element.firstElementChild : entry.element;
      entry.text = `${entry.heading.textContent} ${line.textContent} ${below}`.toLowerCase();
    }
    return entry.text;
  }
  let gathered = 0;
  function gather(deadline) {
    while (gathered < entries.length && deadline.timeRemaining() > 2) {
      textOf(entries[gathered]);
      gathered += 1;
    }
    if (gathered < entries.length) requestIdleCallback(gather);
  }
  if ("requestIdleCallback" in window) requestIdleCallback(gather);

  function chosen() {
    const of = (name) => new Set(boxes.filter((b) => b.name === name && b.checked).map((b) => b.value));
    const number = (select) => select?.selectedOptions[0].dataset.number;
    return {
      severity: of("severity"),
      status: of("status"),
      area: form.elements.area?.value,
      service: number(form.elements.service),
      cluster: number(form.elements.cluster),
      words: query.value.toLowerCase().split(/\s+/).filter(Boolean),
    };
  }

  function matches(entry, want) {
    return (!want.severity.size || want.severity.has(entry.severity))
      && (!want.status.size || want.status.has(entry.status))
      && (!want.area || want.area === entry.area)
      && (!want.cluster || want.cluster === entry.cluster)
      && (!want.service || entry.services.includes(want.service))
      && want.words.every((word) => textOf(entry).includes(word));
  }

  function apply() {
    const want = chosen();
    const isFiltered = boxes.some((b) => b.checked) || selects.some((s) => s.value) || want.words.length > 0;
    for (const each of [...chunks, ...groups, ...places]) each.shown = 0;
    let total = 0;
    for (const entry of entries) {
      entry.isShown = matches(entry, want);
      if (entry.isShown) {
        entry.chunk.shown += 1;
        total += 1;
      }
    }
    for (const chunk of chunks) {
      chunk.group.shown += chunk.shown;
      // Where nothing of a chunk is shown, hiding it is enough: its findings stay as they are.
      hide(chunk, chunk.shown === 0);
      if (chunk.shown) {
        for (const entry of chunk.entries) hide(entry, !entry.isShown);
        size(chunk, chunk.shown * rowHeight);
      }
    }
    for (const group of groups) {
      group.place.shown += group.shown;
      hide(group, group.shown === 0);
      if (!group.shown) continue;
      size(group, group.shown * rowHeight + headHeight);
      if (group.count) {
        const all = group.total.toLocaleString("en");
        say(group.count, group.shown === group.total ? all : `${group.shown.toLocaleString("en")} of ${all}`);
      }
    }
    for (const place of places) {
      if (place.nothing) place.nothing.hidden = place.shown > 0;
    }
    for (const cluster of clusters) {
      const isChosen = want.cluster === cluster.element.dataset.cluster;
      cluster.element.hidden = isFiltered && !cluster.shown && !isChosen;
    }
    const said = isFiltered
      ? `${total.toLocaleString("en")} of ${entries.length.toLocaleString("en")} findings match`
      : `${entries.length.toLocaleString("en")} findings`;
    say(shown, said);
  }

  function hide(one, isHidden) {
    if (one.isHidden === isHidden) return;
    one.isHidden = isHidden;
    one.element.hidden = isHidden;
  }

  // What is not laid out yet still takes about the room that it will.
  function size(one, height) {
    if (one.sized === height) return;
    one.sized = height;
    one.element.style.containIntrinsicSize = `auto ${height}px`;
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // The state in the address, so that it can be sent to somebody, and survives a reload.
  function written() {
    const state = new URLSearchParams();
    for (const name of ["severity", "status"]) {
      const values = boxes.filter((b) => b.name === name && b.checked).map((b) => b.value);
      if (values.length) state.set(name, values.join(","));
    }
    for (const select of selects) if (select.value) state.set(select.name, select.value);
    if (query.value.trim()) state.set("q", query.value.trim());
    return state.toString();
  }

  function read() {
    const state = new URLSearchParams(isState() ? location.hash.slice(2) : "");
    for (const box of boxes) box.checked = (state.get(box.name) ?? "").split(",").includes(box.value);
    for (const select of selects) {
      const value = state.get(select.name) ?? "";
      select.value = [...select.options].some((option) => option.value === value) ? value : "";
    }
    query.value = state.get("q") ?? "";
  }

  let writing = 0;
  function write() {
    clearTimeout(writing);
    writing = setTimeout(() => {
      const state = written();
      if (state || isState()) history.replaceState(null, "", state ? `#?${state}` : location.pathname + location.search);
    }, 200);
  }

  let waiting = false;
  function changed() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      apply();
      write();
    });
  }

  function clearAll() {
    for (const box of boxes) box.checked = false;
    for (const select of selects) select.value = "";
    query.value = "";
    apply();
    write();
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clearAll();
    query.focus();
  });
  document.getElementById("unfold").addEventListener("click", () => {
    const listed = entries.filter((entry) => entry.isShown);
    const open = listed.some((entry) => !entry.element.open);
    for (const entry of listed) {
      if (open) unpack(entry.element);
      entry.element.open = open;
    }
  });
  addEventListener("hashchange", () => {
    if (isState()) {
      read();
      apply();
    } else {
      goTo(anchor());
    }
  });

  read();
  apply();
  if (!isState()) goTo(anchor());
})();
