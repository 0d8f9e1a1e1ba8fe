// Names the faults in a log as `proofbook diagnose` does, step by step like src/proofbook/diagnosis/, whose names it keeps.
// What is known, patterns and limits too, is compiled from there into known.js; tests hold both to the same answers.
"use strict";

// a page without a worker may load this twice, so nothing stands outside that may not be declared again
function matcher(known) {
  const NEWLINE = 10;
  // what a word says of its line: nothing, that somebody may claim it, that it may tell an error
  const [NONE, OTHER, ERROR] = [0, 1, 2];
  const { limits, scores, mask } = known;
  const compiled = ([source, flags], more = "") => new RegExp(source, flags + more);
  const pattern = Object.fromEntries(Object.entries(known.patterns).map(([name, each]) => [name, compiled(each, "g")]));
  const carriedHere = compiled(known.patterns.carried, "y");
  const markHere = compiled(known.patterns.mark, "y");
  const migration = compiled(known.patterns.migration);
  const done = compiled(known.patterns.done);
  const finding = compiled(known.patterns.finding);
  const user = compiled(known.patterns.user);
  const errors = compiled(known.errors);
  const aftermath = compiled(known.aftermath);
  const space = new Set(known.space);
  // a line with colour may have it in the middle of a word
  const colour = "\x1b[";
  const words = [...known.words, colour];
  const rowsOf = (columns) => (columns[0] ?? []).map((_first, at) => columns.map((column) => column[at]));
  const named = ([fault, own, ...regexp]) => ({ fault, own, regexp: compiled(regexp) });
  const findIn = ({ own, regexp }, text) => (own.some((index) => text.includes(words[index])) ? regexp.exec(text) : null);
  const signatures = rowsOf(known.signatures).map(named);
  const everySignature = [...signatures.keys()];
  const signaturesOf = words.map((word, at) => everySignature.filter((index) => word === colour || signatures[index].own.includes(at)));
  const evidence = rowsOf(known.evidence).map(named);
  const places = known.places.map((each) => compiled(each));
  const first = compiled(known.first);
  const sqlstates = Object.fromEntries(Object.entries(known.sqlstates).map(([code, faults]) => [code, Object.entries(faults).map(([fault, each]) => ({ fault, regexp: each && compiled(each) }))]));
  const codes = new Set(Object.keys(sqlstates));
  const circumstances = rowsOf(known.seenWhile).map(named);
  const faults = Object.fromEntries(rowsOf(known.faults).map(([fault, title, causes, group, question, next, own, wanted, around]) => [fault, { title, causes, group, question, next, own, wanted, around }]));
  const familyOf = Object.fromEntries(Object.entries(faults).map(([fault, { group }]) => [fault, new Set(group)]));

  // other languages

  // an English severity has two blanks after it; what no line of the log holds is not looked for in each
  const everyForeign = Object.keys(known.inEnglish).map((word) => `${word}:`);
  let foreign = everyForeign;
  let statements = known.statements;
  const hasSeverity = (text) => text.includes(":  ") || foreign.some((word) => text.includes(word));
  const inEnglish = (text) => (hasSeverity(text) ? text.replace(pattern.told, (found, told) => `${known.inEnglish[told] ?? told}:  `) : text);
  const withStatement = (text) => (statements.some((word) => text.includes(word)) ? text.replace(pattern.statement, "STATEMENT:  ") : text);
  const straight = (text) => text.replace(pattern.quotes, '"');

  // the SQLSTATE of an error whose text is not English, as src/proofbook/diagnosis/sqlstates.py reads it
  function codedIn(text) {
    if (!text.includes(known.driver) && !hasSeverity(text)) return null;
    for (const [place, regexp] of places.entries()) {
      const found = regexp.exec(text);
      if (!found) continue;
      const named = found.groups;
      const code = named.code ?? (Object.hasOwn(known.classes, named.class) ? known.classes[named.class] : "");
      const at = found.index + found[0].indexOf(code);
      if (!codes.has(code) || (place === limits.beforeSeverity && isProcess(text.slice(0, at), code))) continue;
      const inside = first.exec(named.message);
      const severity = named.severity ?? inside?.groups.severity ?? "ERROR";
      const message = straight(inside ? inside.groups.message : named.message);
      return speaksEnglish(message, Object.hasOwn(known.inEnglish, severity)) ? null : { code, message, told: `${known.inEnglish[severity] ?? severity} ${message}` };
    }
    return null;
  }

  const isProcess = (before, code) => /^[0-9]+$/.test(code) && (before.endsWith("[") || before.search(pattern.process) < 0);

  function speaksEnglish(message, isForeign) {
    const words = message.replace(pattern.quoted, " ");
    if (!/\p{L}/u.test(words) || words.search(pattern.english) >= 0) return true;
    return !(isForeign || /[^\x00-\x7f]/.test(words) || (words.match(pattern.word) ?? []).length >= limits.words);
  }

  // masking

  function shortened(text) {
    const letters = text.length > limits.told ? [...text] : text;
    if (letters.length <= limits.told) return text;
    const cut = letters.slice(0, limits.told).join("");
    return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 0))} ...`;
  }

  function withoutPassword(run) {
    const begin = user.exec(run);
    const last = run.lastIndexOf("@");
    const end = begin ? begin.index + begin[0].length : run.length;
    return last > end ? run.slice(0, end) + mask + run.slice(last) : run;
  }

  function masked(text) {
    const keepFirst = (found, ...groups) => groups.slice(0, groups.findIndex((each) => typeof each === "number")).find(Boolean) + mask;
    return shortened(text)
      .replace(pattern.control, "")
      .replace(pattern.login, withoutPassword)
      .replace(pattern.secret, keepFirst)
      .replace(pattern.pieces, keepFirst)
      .replace(pattern.rowValues, (found, before) => `${before}${mask})`)
      .replace(pattern.detail, (found, before) => before + mask);
  }

  function maskedValues(text, values) {
    const shown = masked(text);
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown.includes(value) ? masked(value) : mask]));
  }

  // what carries a line

  function endStripped(text) {
    let end = text.length;
    while (end && space.has(text[end - 1])) end -= 1;
    return text.slice(0, end);
  }

  function stripped(text) {
    let start = 0;
    while (start < text.length && space.has(text[start])) start += 1;
    return endStripped(text.slice(start));
  }

  function withoutTabs(text) {
    if (!text.includes("\t")) return text;
    let column = 0;
    return [...text].map((each) => {
      if (each !== "\t") {
        column = each === "\n" || each === "\r" ? 0 : column + 1;
        return each;
      }
      const width = limits.tab - (column % limits.tab);
      column += width;
      return " ".repeat(width);
    }).join("");
  }

  const asWritten = (text) => {
    const written = endStripped(withoutTabs(text));
    return written.includes(": ") ? written.replace(pattern.severity, "$1:  ") : written;
  };

  function carried(text) {
    carriedHere.lastIndex = 0;
    const found = carriedHere.exec(text)?.[0] ?? "";
    return [found.replace(pattern.numbers, ""), text.slice(found.length)];
  }

  // what has a known name first, of the others what has several lines
  function* toldIn(value, deep, isKnown) {
    for (const name of known.fields) if (Object.hasOwn(value, name)) yield* textsIn(value[name], deep, isKnown);
    for (const name of Object.keys(value).sort()) if (!known.fields.includes(name)) yield* textsIn(value[name], deep, false);
  }

  function* textsIn(found, deep, isKnown) {
    if (typeof found === "string") {
      if (isKnown || found.includes("\n")) yield found;
    } else if (isMapping(found) && deep) yield* toldIn(found, deep - 1, isKnown);
    else if (Array.isArray(found) && deep) for (const each of found) yield* textsIn(each, deep - 1, isKnown);
  }

  function isErrorLevel(name, level) {
    if (typeof level === "string") return known.errorLevels.includes(level.toUpperCase());
    return name === "level" && known.errorNumbers.includes(level);
  }

  const isMapping = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  // a container engine writes what its program wrote as JSON into JSON
  function fromJson(text, deep = 1) {
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      return null;
    }
    if (!isMapping(value)) return null;
    value = asServer(value);
    let isError = known.levels.some((name) => Object.hasOwn(value, name) && isErrorLevel(name, value[name]));
    const lines = [...toldIn(value, limits.deepest, true)].flatMap((each) => {
      const inner = deep && each.startsWith("{") ? fromJson(each, deep - 1) : null;
      isError ||= inner?.isError ?? false;
      return inner?.lines ?? splitLines(each.replace(pattern.ansi, ""));
    });
    return { isError, lines: isError && !lines.length ? [text] : lines };
  }

  // PostgreSQL's own JSON log, with severity and SQLSTATE before the message as in a plain one
  function asServer(value) {
    const [severity, code, message] = known.server.map((name) => (Object.hasOwn(value, name) ? value[name] : null));
    const isServer = [severity, code, message].every((each) => typeof each === "string");
    return isServer ? { ...value, message: `${severity}:  ${code}: ${message}` } : value;
  }

  function splitLines(text) {
    const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
    if (lines.at(-1) === "") lines.pop();
    return lines;
  }

  // a line of a traceback that nothing carries and that holds no word: nobody could claim it, and it is as its program wrote it
  const isBare = (raw) => raw[0] === " " && raw.length <= limits.longest && !/[\t\r{]/.test(raw);

  const begun = (text) => (text.length > limits.longest ? [...text].slice(0, limits.longest).join("") : text);

  function* unwrapped(number, raw) {
    const cut = begun(raw);
    const [source, text] = carried(cut.replace(pattern.ansi, ""));
    // cut, it would be no JSON
    const inside = text.startsWith("{") ? fromJson(cut === raw ? text : carried(raw.replace(pattern.ansi, ""))[1]) : null;
    if (inside) {
      for (const [index, each] of inside.lines.entries()) yield { number, source, text: asWritten(begun(each)), isError: inside.isError && index === 0 };
      return;
    }
    for (const part of text.split("\r")) {
      markHere.lastIndex = 0;
      const marked = markHere.exec(part)?.[0];
      const [again, inner] = marked === undefined ? ["", part] : carried(part.slice(marked.length));
      yield { number, source: source + again, text: asWritten(inner) };
    }
  }

  // tracebacks

  class Chains {
    #of = new Map();
    #open = new Set();
    #events = 0;

    isOpenAt(number) {
      for (const each of this.#open) {
        if (number - each.last <= limits.silent) continue;
        each.isOpen = false;
        this.#open.delete(each);
      }
      return this.#open.size > 0;
    }

    place({ source, text, number }) {
      const before = this.#of.get(source);
      if (stripped(text).startsWith(known.opens) || text.endsWith(known.unended)) {
        const { event, isOuter } = before?.continues ? before : { event: this.#new(), isOuter: false };
        const begun = { event, isOpen: true, isOuter, continues: false, lines: 0, namedAt: 0, last: number };
        this.#open.delete(before);
        this.#open.add(begun);
        this.#of.set(source, begun);
        return [event, false];
      }
      if (before && known.chained.includes(text)) {
        before.continues = true;
        return [before.event, false];
      }
      if (before?.isOpen) return this.#inside(before, text, number);
      const since = before ? number - before.namedAt : 0;
      const goesOn = space.has(text[0]) || known.adds.some((each) => text.startsWith(each));
      if (before && goesOn && since > 0 && since <= limits.goesOn) return [before.event, false];
      return [this.#new(), false];
    }

    isTraced(source, event) {
      const before = this.#of.get(source);
      return before?.event === event && before.isOuter;
    }

    #inside(before, text, number) {
      before.lines += 1;
      before.last = number;
      before.isOuter ||= before.lines === 1 && !text.replaceAll("\\", "/").includes(known.inner);
      const isException = text !== "" && !space.has(text[0]) && text[0] !== "+" && text[0] !== "|";
      if (isException || before.lines > limits.traceback) {
        before.isOpen = false;
        this.#open.delete(before);
        before.namedAt = number;
      }
      return [before.event, isException];
    }

    #new() {
      this.#events += 1;
      return this.#events;
    }
  }

  // circumstances: the text of a migration means nothing in a web request

  class Circumstances {
    #asked;
    #open = [];
    #told = new Map();
    #seen = new Map();
    #unsure = new Set();

    constructor(asked) {
      this.#asked = new Set(asked.map(({ fault }) => fault));
    }

    look({ source, number }, event, faults) {
      for (const fault of faults) {
        this.#told.set(`${fault} ${source}`, event);
        const isSettled = (claim) => claim.fault === fault && (claim.event === event || (claim.source === source && number <= claim.until));
        for (const claim of this.#open.filter(isSettled)) this.#see(fault, claim);
        this.#open = this.#open.filter((claim) => !isSettled(claim));
      }
    }

    claimed(claim, event, { source, number }, isException, isTraced) {
      const { fault } = claim;
      if (!this.#isAsked(fault)) return;
      if (this.#told.get(`${fault} ${source}`) === event) {
        this.#see(fault, claim);
        return;
      }
      const before = this.#open.find((each) => each.fault === fault && each.event === event);
      if (before) {
        before.isTraced ||= isTraced;
        return;
      }
      this.#open.push({ ...claim, event, source, until: number + (isException ? 0 : limits.reach), isTraced });
      if (this.#open.length > limits.open) this.#settle(this.#open.shift());
    }

    end() {
      this.#open.forEach((claim) => this.#settle(claim));
      this.#open = [];
    }

    seen(fault) {
      return this.#seen.get(fault);
    }

    isUnsure(fault) {
      return this.#unsure.has(fault) && !this.#seen.has(fault);
    }

    isElsewhere(fault) {
      return this.#isAsked(fault) && !this.#seen.has(fault) && !this.#unsure.has(fault);
    }

    #isAsked(fault) {
      return this.#asked.has(fault);
    }

    #see(fault, claim) {
      if (!this.#seen.has(fault)) this.#seen.set(fault, claim);
    }

    #settle(claim) {
      if (!claim.isTraced) this.#unsure.add(claim.fault);
    }
  }

  // the diagnosis

  // All words in one pass: a machine whose state after each letter tells which words end there (Aho and Corasick).
  function machineOf(words) {
    const letters = new Map([...new Set(words.join(""))].map((letter, index) => [letter.charCodeAt(0), index + 1]));
    const width = letters.size + 1;
    const classOf = new Uint16Array(0x10000);
    for (const [code, each] of letters) classOf[code] = each;
    const next = [new Int32Array(width)];
    const ending = [[]];
    for (const [index, word] of words.entries()) {
      let state = 0;
      for (let at = 0; at < word.length; at += 1) {
        const each = classOf[word.charCodeAt(at)];
        if (!next[state][each]) {
          next[state][each] = next.push(new Int32Array(width)) - 1;
          ending.push([]);
        }
        state = next[state][each];
      }
      ending[state].push(index);
    }
    // the longest end of what was read with which another word begins
    const fallback = new Int32Array(next.length);
    const order = [0];
    for (const state of order) {
      ending[state].push(...(state ? ending[fallback[state]] : []));
      for (let each = 1; each < width; each += 1) {
        const child = next[state][each];
        const fallen = state ? next[fallback[state]][each] : 0;
        if (child) {
          fallback[child] = fallen;
          order.push(child);
        } else next[state][each] = fallen;
      }
    }
    const table = new Int32Array(next.length * width);
    next.forEach((row, state) => row.forEach((to, each) => { table[state * width + each] = to * width; }));
    const found = new Array(next.length * width).fill(null);
    ending.forEach((every, state) => { if (every.length) found[state * width] = every.map((index) => signaturesOf[index]).reduce(joined); });
    const kind = new Uint8Array(next.length * width);
    ending.forEach((every, state) => { kind[state * width] = every.some((index) => tellsError[index]) ? ERROR : every.length ? OTHER : NONE; });
    return { classOf, table, found, kind };
  }

  // where lines begin that hold a word, and the signatures that could claim them
  function sifted(text) {
    const { classOf, table, found, kind } = machine;
    const begins = [];
    const claimable = [];
    const kinds = [];
    for (let at = 0, state = 0, begin = 0, isNoted = false; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE) {
        state = 0;
        begin = at + 1;
        isNoted = false;
        continue;
      }
      state = table[state + classOf[code]];
      if (kind[state] === NONE) continue;
      if (isNoted) {
        claimable[claimable.length - 1] = joined(claimable.at(-1), found[state]);
        if (kind[state] === ERROR) kinds[kinds.length - 1] = ERROR;
      } else {
        isNoted = true;
        begins.push(begin);
        claimable.push(found[state]);
        kinds.push(kind[state]);
      }
    }
    return { begins, claimable, kinds };
  }

  // lists of signatures in their order; each pair of lists is joined once
  const joins = new Map();
  const interned = new Map(signaturesOf.map((each) => [each.join(), each]));
  function joined(one, other) {
    if (!other.length || one === other) return one;
    if (!one.length) return other;
    if (!joins.has(one)) joins.set(one, new Map());
    const known = joins.get(one);
    if (!known.has(other)) {
      const both = [...new Set([...one, ...other])].sort((first, second) => first - second);
      known.set(other, interned.get(both.join()) ?? both);
      if (!interned.has(both.join())) interned.set(both.join(), both);
    }
    return known.get(other);
  }

  // of words that hold each other only the shortest is looked for
  const tellsError = words.map((word) => word === colour);
  known.errorWords.forEach((index) => { tellsError[index] = true; });
  const machine = machineOf(words);

  function* worthLooking(text, chains) {
    const { begins, claimable, kinds } = sifted(text);
    for (let at = 0, number = 1, next = 0; at < text.length; number += 1) {
      while (next < begins.length && begins[next] < at) next += 1;
      const isOpen = chains.isOpenAt(number);
      if (!isOpen && next === begins.length) return;
      const begin = isOpen ? at : begins[next];
      for (let line = text.indexOf("\n", at); line >= 0 && line < begin; line = text.indexOf("\n", line + 1)) number += 1;
      const newline = text.indexOf("\n", begin);
      const end = newline < 0 ? text.length : newline;
      const raw = text.slice(begin, text[end - 1] === "\r" && end > begin ? end - 1 : end);
      const isSifted = begins[next] === begin;
      if (!isSifted && isBare(raw)) yield { number, source: "", text: endStripped(raw), isBare: true };
      else {
        // what a tab or JSON hides is looked for in the line itself
        const mayTell = (isSifted && kinds[next] === ERROR) || /[\t{]/.test(raw);
        for (const line of unwrapped(number, raw)) yield { ...line, mayTell, claimable: isSifted ? claimable[next] : [] };
      }
      at = end + 1;
    }
  }

  class Reading {
    chains = new Chains();
    #circumstances = new Circumstances(circumstances);
    #nearEvidence = new Circumstances(evidence);
    #coded = new Map();
    #found = new Map();
    #named = new Map();
    #unknown = new Map();
    #lastUnknown = new Map();
    #aftermath = [];
    #more = 0;
    #root = new Map();
    #evident = new Set();
    #applying = new Map();

    look(line) {
      const [event, isException] = this.chains.place(line);
      this.#joinHeading(event, line);
      if (line.isBare) {
        if (isException) this.#notKnown(event, line, null);
        return;
      }
      const faultsIn = (every, text) => every.filter((each) => findIn(each, text)).map(({ fault }) => fault);
      const evident = faultsIn(evidence, line.text);
      evident.forEach((fault) => this.#evident.add(fault));
      this.#nearEvidence.look(line, event, evident);
      this.#circumstances.look(line, event, faultsIn(circumstances, withStatement(line.text)));
      const applying = migration.exec(line.text);
      if (done.test(line.text)) this.#applying.delete(line.source);
      else if (applying) this.#applying.set(line.source, { ...applying.groups });
      let claims = this.#claimsOf(line);
      const state = claims.length || !line.mayTell ? null : this.#codedIn(event, line);
      const decided = state ? this.#decidedBy(state, line) : [];
      if (decided.length === 1) claims = decided;
      if (claims.length) {
        this.#claimed(event, line, claims, state);
        const isTraced = this.chains.isTraced(line.source, event);
        const near = state ? [this.#circumstances, this.#nearEvidence] : [this.#circumstances];
        for (const claim of claims) near.forEach((each) => each.claimed(claim, event, line, isException, isTraced));
      } else if (this.#isFinding(line)) return;
      else if (!isException && line.mayTell && aftermath.test(line.text)) this.#aftermath.push({ line: line.number, text: stripped(masked(line.text)), count: 1, ...perhaps(null) });
      else if (isException || line.isError || (line.mayTell && errors.test(line.text))) this.#notKnown(event, line, state);
    }

    #codedIn(event, { source, text }) {
      const state = codedIn(text);
      if (state) this.#coded.set(source, { event, message: state.message });
      return state;
    }

    #decidedBy({ code, told }, line) {
      return sqlstates[code].flatMap(({ fault, regexp }) => {
        const found = regexp?.exec(told);
        return found ? [this.#claim(fault, line, found)] : [];
      });
    }

    #claim(fault, { number, text }, match) {
      const values = Object.fromEntries(Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined));
      return { fault, line: number, text, values };
    }

    // what a check of ours has named is told unless the log itself shows that fault
    #isFinding({ number, text }) {
      const fault = finding.exec(text)?.groups.fault;
      if (!fault || !Object.hasOwn(faults, fault)) return false;
      const before = this.#named.get(fault);
      if (before) before.count += 1;
      else this.#named.set(fault, { fault, line: number, text: stripped(masked(text)), values: {}, score: scores.sure, count: 1, followOn: [], ...perhaps(null) });
      return true;
    }

    #claimsOf(line) {
      const { text, claimable } = line;
      const among = (indices, told) => indices.flatMap((index) => {
        const match = findIn(signatures[index], told);
        return match ? [this.#claim(signatures[index].fault, line, match)] : [];
      });
      const found = among(claimable, text);
      if (found.length || !line.mayTell) return found;
      const told = inEnglish(text);
      return told === text ? found : among(everySignature, told);
    }

    // a program logs a heading right above the traceback that it is about to show
    #joinHeading(event, { source, number, text }) {
      const above = this.#lastUnknown.get(source);
      if (!above || above.number < number - 1 || above.number > number || !text.startsWith(known.opens)) return;
      above.unknown.events.delete(above.event);
      above.unknown.events.add(event);
    }

    #claimed(event, line, claims, state) {
      const context = this.#applying.get(line.source) ?? {};
      for (const claim of claims) {
        if (!this.#root.has(event)) this.#root.set(event, claim.fault);
        const root = this.#root.get(event);
        this.#note(claim, event, line.source, context, state);
        const { followOn } = this.#found.get(root);
        if (!familyOf[root].has(claim.fault) && !followOn.includes(claim.fault)) followOn.push(claim.fault);
      }
    }

    #note({ fault, line, text, values: raw }, event, source, context, state) {
      const before = this.#found.get(fault);
      if (before) {
        if (!state) Object.assign(before, perhaps(null));
        const isAdded = text.search(pattern.added) >= 0;
        if (!isAdded) before.count += 1;
        const belongs = event === before.event || (isAdded && source === before.source && line - before.line <= limits.reach);
        if (!belongs) return;
        // names of another event, or other names, are those of another object
        const values = maskedValues(text, raw);
        const isSame = Object.entries(values).every(([name, value]) => (before.values[name] ?? value) === value);
        if (isSame) before.values = { ...values, ...before.values };
        return;
      }
      const values = maskedValues(text, raw);
      this.#found.set(fault, { fault, line, text: stripped(masked(text)), values: { ...context, ...values }, count: 1, followOn: [], ...perhaps(state), event, source });
    }

    #notKnown(event, { source, number, text: raw }, state) {
      const above = this.#coded.get(source);
      // Django's exception repeats the driver's, without its code
      if (!state && above?.event === event && above.message && straight(raw).endsWith(above.message)) return;
      const text = stripped(masked(raw));
      const shape = text.replace(pattern.names, "");
      if (!this.#unknown.has(shape)) {
        if (this.#unknown.size >= limits.unknown) {
          this.#more += 1;
          return;
        }
        this.#unknown.set(shape, { line: number, text, count: 0, events: new Set(), ...perhaps(state) });
      }
      const unknown = this.#unknown.get(shape);
      unknown.count += 1;
      unknown.events.add(event);
      this.#lastUnknown.set(source, { number, event, unknown });
    }

    outcome() {
      this.#judgeCircumstances();
      this.#judgeSqlstates();
      const found = [...this.#found.values()].map((each) => ({ ...each, score: this.#score(each.fault) }));
      const roots = new Set(this.#root.values());
      const followOn = new Set(found.flatMap((each) => each.followOn).filter((fault) => !roots.has(fault)));
      const firstOf = ({ fault }) => Math.min(...found.filter((each) => familyOf[fault].has(each.fault)).map((each) => each.line));
      const keys = new Map(found.map((each) => [each, [Number(followOn.has(each.fault)), firstOf(each), -each.score]]));
      found.sort((one, other) => {
        const at = keys.get(one).findIndex((key, index) => key !== keys.get(other)[index]);
        return at < 0 ? (one.fault < other.fault ? -1 : 1) : keys.get(one)[at] - keys.get(other)[at];
      });
      let unknown = [...this.#unknown.values()].filter(({ events }) => [...events].some((event) => !this.#root.has(event)));
      found.push(...[...this.#named.values()].filter(({ fault }) => !this.#found.has(fault)));
      if (!found.length && !unknown.length) unknown = this.#aftermath.slice(0, limits.unknown);
      unknown.sort((one, other) => one.line - other.line);
      return { found, unknown: unknown.map(({ line, text, count, sqlstate, perhaps: among }) => ({ line, text, count, sqlstate, perhaps: among })), moreUnknown: this.#more };
    }

    #judgeCircumstances() {
      this.#circumstances.end();
      for (const [fault, each] of [...this.#found]) {
        this.#tellBy(each, this.#circumstances.seen(fault));
        if (this.#circumstances.isElsewhere(fault) || (each.sqlstate && this.#circumstances.isUnsure(fault))) this.#giveUp(each);
      }
    }

    // a fault of several with one text is named by its SQLSTATE only where its evidence stands in the same event
    #judgeSqlstates() {
      this.#nearEvidence.end();
      for (const [fault, each] of [...this.#found]) {
        const isShared = (sqlstates[each.sqlstate] ?? []).some((other) => other.fault !== fault && familyOf[fault].has(other.fault));
        if (!isShared) continue;
        const seen = this.#nearEvidence.seen(fault);
        this.#tellBy(each, seen);
        if (!seen) this.#giveUp(each);
      }
    }

    #tellBy(each, seen) {
      if (!seen || seen.line === each.line) return;
      const applied = Object.entries(each.values).filter(([name]) => name === "app" || name === "migration");
      each.values = { ...Object.fromEntries(applied), ...maskedValues(seen.text, seen.values) };
      each.line = seen.line;
      each.text = stripped(masked(seen.text));
    }

    #giveUp({ fault, line, text, count, sqlstate, perhaps: among }) {
      this.#found.delete(fault);
      this.#unknown.set(fault, { line, text, count, events: new Set([-1]), sqlstate, perhaps: among });
      for (const [event, root] of [...this.#root]) if (root === fault) this.#root.delete(event);
      for (const other of this.#found.values()) other.followOn = other.followOn.filter((each) => each !== fault);
    }

    #score(fault) {
      if (this.#found.get(fault).sqlstate) return scores.bySqlstate;
      const sure = this.#circumstances.isUnsure(fault) ? scores.unsure : scores.sure;
      return Math.round(this.#share(fault) * sure * 100) / 100;
    }

    #share(fault) {
      const family = [...familyOf[fault]].filter((each) => this.#found.has(each));
      if (family.length < 2) return scores.sure;
      const decided = family.filter((each) => this.#evident.has(each));
      if (!decided.length) return Math.round(100 / family.length) / 100;
      return decided.includes(fault) ? scores.decided : scores.ruledOut;
    }
  }

  // what an SQLSTATE leaves: what must stand beside it does
  function perhaps(state) {
    if (!state) return { sqlstate: "", perhaps: [] };
    const left = sqlstates[state.code].filter(({ regexp }) => !regexp || regexp.test(state.told));
    return { sqlstate: state.code, perhaps: left.map(({ fault }) => fault).sort() };
  }

  function isBinary(text) {
    const sample = text.slice(0, limits.sample).replaceAll("\0", "");
    const control = sample.match(/[\x01-\x06\x0e-\x1a\x1c-\x1f\ufffd]/g) ?? [];
    return sample !== "" && limits.control * sample.length <= control.length;
  }

  // what a shell takes as one word, whatever is in it
  const quoted = (value) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`);

  // the cause and the command as the page has them; the command stays as it is proven, what the log tells stands above it
  function told({ fault, values }) {
    const { title, causes, question, own, wanted, around, next, group } = faults[fault];
    const shown = Object.entries(values).filter(([, value]) => !value.includes(mask));
    const upper = new Map(shown.map(([name, value]) => [name.toUpperCase(), value]));
    const isTold = (name) => upper.has(name);
    const left = wanted.filter((name) => !isTold(name));
    return {
      title,
      question,
      isShared: group.length > 1,
      page: `${known.pages}/${fault}/`,
      cause: causeOf(causes, new Map(shown)) ?? title,
      next: [...wanted.filter(isTold).map((name) => `${name}=${quoted(upper.get(name))}`), next].join("\n"),
      first: [...(left.length ? [`set ${left.join(", ")} first, see the top of the page: the log does not tell`] : []), ...around],
      own: Object.fromEntries(own.filter(isTold).map((name) => [name, upper.get(name)])),
    };
  }

  function causeOf(causes, shown) {
    const name = /\{(\w+)\}/g;
    const sentence = causes.find((each) => [...each.matchAll(name)].every(([, found]) => shown.has(found)));
    return sentence?.replace(name, (_whole, found) => shown.get(found));
  }

  return function diagnose(log) {
    if (isBinary(log)) return { isText: false, found: [], unknown: [], moreUnknown: 0 };
    const text = log.replaceAll("\0", "").replace(/^\ufeff/, "");
    if (/^[\t-\r ]*$/.test(text)) return { isText: true, isEmpty: true, found: [], unknown: [], moreUnknown: 0 };
    // colour and JSON hide words
    const isPlain = !text.includes(colour) && !text.includes("\\u");
    const among = (every) => (isPlain ? every.filter((word) => text.includes(word)) : every);
    foreign = among(everyForeign);
    statements = among(known.statements);
    const reading = new Reading();
    for (const line of worthLooking(text, reading.chains)) reading.look(line);
    const { found, ...rest } = reading.outcome();
    return { isText: true, ...rest, found: found.map((each) => ({ ...each, ...told(each) })) };
  };
}
