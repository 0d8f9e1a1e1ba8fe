// Filters a generated table by typing. A pasted log line also finds the row whose signature it matches.
// Without this script the table is complete and plain.

const normal = (text) => text.toLowerCase().replace(/\s+/g, " ").trim();

function signaturesOf(row) {
  const known = row.querySelector("[data-known]");
  return known ? JSON.parse(known.dataset.known).map((text) => new RegExp(text.replaceAll("(?P<", "(?<"))) : [];
}

function rowsOf(table) {
  return [...table.tBodies[0].rows].map((row) => ({
    row,
    words: normal(row.textContent),
    signatures: signaturesOf(row),
  }));
}

function matches({ words, signatures }, typed) {
  const lines = typed.split(/\r?\n/);
  return signatures.some((signature) => lines.some((line) => signature.test(line))) || normal(typed).split(" ").every((word) => words.includes(word));
}

function offer(box) {
  const rows = rowsOf(box.querySelector("table"));
  const label = document.createElement("label");
  const field = document.createElement("textarea");
  const count = document.createElement("output");
  label.className = "pb-field";
  field.rows = 1;
  field.spellcheck = false;
  label.append(box.dataset.filter, field, count);
  box.prepend(label);

  field.addEventListener("input", () => {
    const shown = rows.filter((entry) => matches(entry, field.value));
    for (const { row } of rows) row.hidden = true;
    for (const { row } of shown) row.hidden = false;
    count.value = field.value.trim() ? `${shown.length} of ${rows.length}` : "";
  });
}

for (const box of document.querySelectorAll("[data-filter]")) if (box.querySelector("table")) offer(box);
