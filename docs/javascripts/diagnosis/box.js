// The front page's box: what is pasted is read in a worker of this page, and what it says is written here as text.
// Nothing is sent and nothing is kept. Without this script the box cannot be typed into, and says what to do instead.
"use strict";
{
  const SHOWN = 200_000;
  const MOST = 20_000_000;
  const MOST_WITHOUT_WORKER = 500_000;
  const SECONDS = 8;
  const OWN = new URL(".", document.currentScript.src);

  const box = document.querySelector("[data-diagnosis]");
  const field = box.querySelector("textarea");
  const summary = box.querySelector("output");
  const answer = box.querySelector("[data-answer]");

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const megabytes = (length) => `${(length / 1e6).toFixed(1)} million letters`;
  const say = (text) => { if (summary.value !== text) summary.value = text; };

  // reading: one log at a time, the newest next, and an end to it

  let worker = null;
  let busy = null;
  let waiting = null;
  let number = 0;

  function onMainThread() {
    let diagnose = null;
    const load = (name) => new Promise((resolve, reject) => document.head.append(make("script", { src: new URL(name, OWN).href, onload: resolve, onerror: reject })));
    const ready = load("matcher.js").then(() => load("known.js")).then(() => { diagnose = matcher(known); });
    return {
      postMessage({ number, log }) {
        ready.then(() => this.onmessage({ data: { number, ...diagnose(log.slice(0, MOST_WITHOUT_WORKER)), isCut: log.length > MOST_WITHOUT_WORKER } }), () => this.onerror());
      },
      terminate() {},
    };
  }

  function start() {
    try {
      worker = new Worker(new URL("worker.js", OWN));
    } catch {
      // a page that was opened as a file may have no worker
      worker = onMainThread();
    }
    worker.onmessage = ({ data }) => { if (data.number === busy?.number) done(() => show(data, busy.cut || data.isCut)); };
    worker.onerror = () => stop("This could not be read here. In a checkout, scripts/diagnose FILE reads it.");
  }

  function read(log) {
    number += 1;
    if (!log.trim()) {
      waiting = null;
      if (busy) stop("");
      clear(log ? "The log is empty." : "");
      return;
    }
    waiting = { number, log: log.slice(0, MOST), cut: log.length > MOST };
    if (!busy) next();
  }

  function next() {
    if (!waiting) return;
    if (!worker) start();
    const { log, ...asked } = waiting;
    waiting = null;
    busy = { ...asked, timer: setTimeout(() => stop(`Stopped after ${SECONDS} seconds. Paste a part of it, or run scripts/diagnose FILE in a checkout.`), SECONDS * 1000) };
    worker.postMessage({ number: asked.number, log });
  }

  function done(tell) {
    clearTimeout(busy?.timer);
    tell();
    busy = null;
    next();
  }

  function stop(text) {
    worker?.terminate();
    worker = null;
    done(() => clear(text));
  }

  // showing: text only, never markup

  function clear(text) {
    answer.replaceChildren();
    say(text);
  }

  const code = (text) => make("code", { dir: "ltr", textContent: text });

  const often = (count) => (count > 1 ? `, ${count} times` : "");

  function pageOf({ page, own }) {
    const file = location.protocol === "file:" ? "index.html" : "";
    const values = Object.entries(own).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    return page + file + (values ? `#values:${values}` : "");
  }

  function faultShown(found) {
    const parts = [
      make("h3", {}, make("a", { href: pageOf(found), textContent: `${found.fault} ${found.title}` })),
      make("p", {}, `Line ${found.line}${often(found.count)}`, make("br"), code(found.text)),
    ];
    if (found.cause !== found.title) parts.push(make("p", { dir: "auto", textContent: `Cause: ${found.cause}` }));
    if (found.sqlstate) parts.push(make("p", { textContent: `${Math.round(found.score * 100)} % sure: by its SQLSTATE ${found.sqlstate}; the text is not English.` }));
    else if (found.score < 1) parts.push(make("p", { textContent: `${Math.round(found.score * 100)} % sure, for ${found.isShared ? "others print" : "other causes have"} the same text. ${found.question}` }));
    if (found.followOn.length) parts.push(make("p", { textContent: `After it, and likely because of it: ${found.followOn.join(", ")}` }));
    parts.push(make("p", { className: "pb-next", textContent: "Next" }), make("pre", { tabIndex: 0 }, code(found.next)));
    if (found.left.length) parts.push(make("p", { textContent: `Set ${found.left.join(", ")} first: the log does not tell.` }));
    return make("li", {}, ...parts);
  }

  function show({ isText, isEmpty, found, unknown, moreUnknown }, isCut) {
    if (!isText) {
      clear("This is no text. Give the log itself, as the program wrote it.");
      return;
    }
    if (isEmpty) {
      clear("The log is empty.");
      return;
    }
    const shown = [make("ol", {}, ...found.map(faultShown))];
    if (unknown.length) {
      const items = unknown.map(({ line, text, count, sqlstate, perhaps }) => make("li", {}, `Line ${line}${often(count)}: `, code(text), ...(perhaps.length ? [` (SQLSTATE ${sqlstate}: perhaps ${perhaps.join(", ")})`] : [])));
      if (moreUnknown) items.push(make("li", { textContent: `and ${moreUnknown} more` }));
      shown.push(make("h3", { textContent: found.length ? "Errors that no page knows" : "Errors are there, and no page knows them" }), make("ul", {}, ...items));
    }
    answer.replaceChildren(...shown);
    const told = [found.length && counted(found.length, "fault"), unknown.length && counted(unknown.length + moreUnknown, "unknown error")].filter(Boolean);
    const first = found.length ? `, first ${found[0].fault}` : "";
    const cut = isCut ? ". Only the beginning was read" : "";
    say(`${told.join(" and ") || "No error in this text, as far as these pages know errors"}${first}${cut}.`);
  }

  // what a field would hang on is read without being shown
  function take(event, log) {
    if (log.length <= SHOWN) return;
    event.preventDefault();
    field.value = "";
    field.placeholder = `${megabytes(log.length)}: read, not shown here`;
    read(log);
  }

  field.addEventListener("paste", (event) => take(event, event.clipboardData?.getData("text") ?? ""));
  field.addEventListener("drop", (event) => take(event, event.dataTransfer?.getData("text") ?? ""));
  field.addEventListener("input", () => {
    field.placeholder = "";
    read(field.value);
  });
  field.addEventListener("focus", () => { if (!worker) start(); }, { once: true });
  const note = box.querySelector("[data-ready]");
  note.textContent = note.dataset.ready;
  field.disabled = false;
  if (field.value) read(field.value);
}
