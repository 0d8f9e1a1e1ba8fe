// Puts fields over the fence of a page's values. What is typed there is written into that fence, quoted for bash, and nowhere
// else: every other fence stays as it was proven. A diagnosis may fill them in, by #values:NAME=value&NAME=value.
// Without this script the fence is complete and plain.
{
  const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;
  const NEEDS_NO_QUOTES = /^[A-Za-z0-9_@%+:,./-]+$/;
  // it would show as nothing, or move what stands beside it, or end a paste
  const UNSEEN = /(?! )[\p{C}\p{Z}]/u;
  const FROM_LINK = "#values:";
  const LONGEST_FROM_LINK = 400;

  const bytes = (text) => [...new TextEncoder().encode(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");

  function quoted(value) {
    if (NEEDS_NO_QUOTES.test(value)) return value;
    if (!UNSEEN.test(value)) return `'${value.replaceAll("'", "'\\''")}'`;
    return `$'${[...value].map((each) => (UNSEEN.test(each) || "\\'!".includes(each) ? bytes(each) : each)).join("")}'`;
  }

  const unquoted = (literal) => literal.match(/^(['"])(.*)\1$/)?.[2] ?? literal;

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  function assignmentsOf(code) {
    let hint = [];
    const found = [];
    for (const anchor of code.querySelectorAll(":scope > a[id]")) {
      const nodes = [];
      for (let node = anchor.nextSibling; node && !node.matches?.("a[id]"); node = node.nextSibling) nodes.push(node);
      const line = nodes.map((node) => node.textContent).join("").trimEnd();
      const [, name, literal] = line.match(ASSIGNMENT) ?? [];
      if (name) found.push({ name, literal, hint: hint.join(" "), anchor, nodes });
      if (name || !line) hint = [];
      else hint.push(line.replace(/^#\s*/, ""));
    }
    return found;
  }

  function write({ name, anchor, nodes, field }) {
    while (anchor.nextSibling && !anchor.nextSibling.matches?.("a[id]")) anchor.nextSibling.remove();
    const value = field.value.replaceAll("\0", "");
    if (value) anchor.after(make("span", { className: "nv", textContent: name }), "=", make("var", { textContent: quoted(value) }), "\n");
    else anchor.after(...nodes);
  }

  function offer(place, code) {
    const assignments = assignmentsOf(code);
    if (!assignments.length) return;
    const told = make("output", { className: "pb-told" });
    const back = make("button", { type: "button", className: "pb-back", textContent: "Put back the names of the page" });
    const box = make("fieldset", {}, make("legend", { textContent: "Your names" }));

    const show = (fromLink = "") => {
      const filled = assignments.filter(({ field }) => field.value).length;
      back.hidden = !filled;
      told.value = fromLink || (filled ? `${filled} of ${assignments.length} are yours. Copy the fence below first; the commands after it use it, and stay as they are.` : "");
    };
    for (const [number, each] of assignments.entries()) {
      const id = `pb-value-${number}`;
      each.field = make("input", { type: "text", id, placeholder: unquoted(each.literal), autocomplete: "off", autocapitalize: "off", spellcheck: false });
      each.field.addEventListener("input", () => { write(each); show(); });
      const label = make("label", { htmlFor: id }, make("code", { textContent: each.name }));
      const row = make("div", {}, label, each.field);
      if (each.hint) {
        label.after(make("span", { id: `${id}-hint`, textContent: each.hint }));
        each.field.setAttribute("aria-describedby", `${id}-hint`);
      }
      box.append(row);
    }
    back.addEventListener("click", () => {
      for (const each of assignments) { each.field.value = ""; write(each); }
      show();
      assignments[0].field.focus();
    });
    const fill = () => {
      const named = namedInLink(location.hash);
      for (const each of assignments) {
        const value = named.get(each.name) ?? named.get(each.name.toLowerCase());
        if (value) { each.field.value = value; write(each); }
      }
      const filled = assignments.filter(({ field }) => field.value).length;
      show(named.size && filled ? "Filled in by the link that led here: compare with your log before you copy." : "");
    };
    box.append(make("div", { className: "pb-end" }, back, told));
    place.append(box);
    place.hidden = false;
    fill();
    addEventListener("hashchange", fill);
  }

  function namedInLink(hash) {
    const named = new Map();
    if (!hash.startsWith(FROM_LINK)) return named;
    for (const pair of hash.slice(FROM_LINK.length).split("&")) {
      const [name, ...rest] = pair.split("=");
      try {
        const value = decodeURIComponent(rest.join("="));
        if (value.length <= LONGEST_FROM_LINK) named.set(decodeURIComponent(name), value);
      } catch {
        // not percent-encoded, so not from a diagnosis
      }
    }
    return named;
  }

  for (const place of document.querySelectorAll(".pb-values")) {
    const code = place.nextElementSibling?.querySelector("pre > code");
    if (code) offer(place, code);
  }
}
