// Filters a generated table by typing. A pasted log line also finds the rows of the faults that know it, by what the front
// page's box knows; that, and what a row holds, is read when somebody types.
// Without this script the table is complete and plain.
{
  const KNOWN = new URL("diagnosis/known.js", document.currentScript.src);
  const normal = (text) => text.toLowerCase().replace(/\s+/g, " ").trim();

  let loading = null;
  const signatures = new Map();

  // what cannot be loaded is done without: words find a row too
  function load() {
    loading ??= new Promise((resolve) => document.head.append(Object.assign(document.createElement("script"), { src: KNOWN, onload: resolve, onerror: resolve }))).then(() => {
      const [faults, , sources, flags] = window.known?.signatures ?? [[]];
      for (const [at, fault] of faults.entries()) signatures.set(fault, [...(signatures.get(fault) ?? []), new RegExp(sources[at], flags[at])]);
    });
    return loading;
  }

  const rowsOf = (table) => [...table.tBodies[0].rows].map((row) => ({
    row,
    fault: row.querySelector("a")?.textContent.split(" ")[0],
    words: normal(row.textContent),
  }));

  function matches({ fault, words }, typed) {
    const lines = typed.split(/\r?\n/);
    return signatures.get(fault)?.some((each) => lines.some((line) => each.test(line))) || normal(typed).split(" ").every((word) => words.includes(word));
  }

  function offer(box) {
    const label = document.createElement("label");
    const field = document.createElement("textarea");
    const count = document.createElement("output");
    label.className = "pb-field";
    field.rows = 1;
    field.spellcheck = false;
    label.append(box.dataset.filter, field, count);
    box.prepend(label);

    let rows = null;
    const show = () => {
      rows ??= rowsOf(box.querySelector("table"));
      const shown = rows.filter((entry) => matches(entry, field.value));
      for (const { row } of rows) row.hidden = true;
      for (const { row } of shown) row.hidden = false;
      count.value = field.value.trim() ? `${shown.length} of ${rows.length}` : "";
    };
    field.addEventListener("focus", load, { once: true });
    field.addEventListener("input", () => {
      show();
      load().then(show);
    });
  }

  for (const box of document.querySelectorAll("[data-filter]")) if (box.querySelector("table")) offer(box);
}
