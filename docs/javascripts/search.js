// Fits the theme's search to its readers. They paste log lines, and the theme's search takes their quotes, colons and
// timestamps for its own syntax. They come for a page, and the theme loads its searcher and the whole index with each. And
// they open the site from a folder, where no browser starts a worker. It runs before the theme's own script.
{
  const MOST_WORDS = 32;
  const TIME = /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d| UTC)?)?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/gi;
  const BETWEEN_WORDS = /[\s\-_,:!=[\]()\\"'`´“”‘’/;<>{}|#@*+^~?.&$%]+/;
  // what is quoted, has a digit or a path is a name of the reader's own
  const QUOTED = /"[^"]*"|'[^']*'|`[^`]*`|<[^>]*>/g;
  const NAMED = /\S*[\d._/\\]\S*/g;
  const CLASS = /\.([A-Z]\w+):?$/;
  const LONG_WORD = /^\p{L}{6,}$/u;
  // every log has these; the others are what the theme's index leaves out
  const TELLS_NOTHING = new Set(
    ("error fatal detail hint warning info debug critical file recent call last traceback django db utils psycopg psycopg2 errors " +
      "exceptions web app log stderr stdout " +
      "a able about across after all almost also am among an and any are as at be because been but by can cannot could dear did do " +
      "does either else ever every for from get got had has have he her hers him his how however i if in into is it its just least " +
      "let like likely may me might most must my neither no nor not of off often on only or other our own rather said say says she " +
      "should since so some than that the their them then there these they this tis to too twas us wants was we were what when " +
      "where which while who whom why will with would yet you your").split(" "),
  );

  const wordsOf = (text) => [...new Set(text.toLowerCase().replace(TIME, " ").split(BETWEEN_WORDS))].filter((word) => word.length > 1);
  const tellingOf = (text) => wordsOf(text).filter((word) => !TELLS_NOTHING.has(word) && !/^\d+$/.test(word)).slice(0, MOST_WORDS);
  const every = (words) => words.map((word, at) => (at < words.length - 1 ? `+${word}` : `+${word}*`)).join(" ");

  function some(words) {
    if (words.length === 1 && LONG_WORD.test(words[0])) return `${words[0]} ${words[0]}~1`;
    return words.map((word, at) => (at < words.length - 1 ? `${word}^1` : word)).join(" ");
  }

  // what to ask one after the other, until something is found: first what holds every word
  function asked(query) {
    const words = tellingOf(query);
    const unquoted = query.replace(QUOTED, " ");
    const unnamed = unquoted.replace(NAMED, (path) => path.match(CLASS)?.[1] ?? " ");
    const fewer = [unquoted, unnamed].map(tellingOf).filter((each) => each.length > 1);
    const strict = [...(words.length ? [words] : []), ...fewer].map(every);
    return [...new Set([...strict, some(words.length ? words : query.toLowerCase().split(BETWEEN_WORDS).filter(Boolean))])];
  }

  const isQuery = (message) => typeof message?.data === "string";
  const isSearch = (address) => /\/workers\/search\.[^/]*js$/.test(String(address));

  function askingOften(worker) {
    const post = worker.postMessage.bind(worker);
    const pending = [];
    const ask = ([first, ...rest], message) => {
      pending.push({ rest, message });
      post({ ...message, data: first });
    };
    worker.postMessage = (message) => (isQuery(message) ? ask(asked(message.data), message) : post(message));
    worker.addEventListener("message", (event) => {
      if (!event.data?.data?.items) return;
      const { rest, message } = pending.shift();
      if (event.data.data.items.length || !rest.length || pending.length) return;
      event.stopImmediatePropagation();
      ask(rest, message);
    });
    return worker;
  }

  const used = new Promise((tell) => {
    document.addEventListener("focusin", ({ target }) => target.closest?.(".md-search") && tell());
    document.addEventListener("change", ({ target }) => target.id === "__search" && tell());
  });
  const held = new WeakSet();
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    if (/\/search\/search_index\.json$/.test(String(address))) held.add(this);
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (held.has(this)) used.then(() => send.apply(this, body));
    else send.apply(this, body);
  };

  // what a worker is to the theme, in a frame of the same page
  class FramedWorker extends EventTarget {
    #waiting = [];
    #frame = Object.assign(document.createElement("iframe"), { hidden: true });

    constructor(address) {
      super();
      this.#frame.title = "Search";
      document.body.append(this.#frame);
      const inside = this.#frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const script = inside.document.createElement("script");
      script.src = address;
      script.onload = () => {
        for (const message of this.#waiting.splice(0)) this.#hand(message);
        this.#waiting = null;
      };
      inside.document.body.append(script);
    }

    postMessage(message) {
      if (this.#waiting) this.#waiting.push(message);
      else this.#hand(message);
    }

    #hand(data) {
      this.#frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      this.#frame.remove();
    }
  }

  const Plain = window.Worker;

  // a worker that starts when the search is first used, and is told then what it was told before
  class LateWorker extends EventTarget {
    #waiting = [];
    #worker = null;

    constructor(address) {
      super();
      used.then(() => {
        this.#worker = location.protocol === "file:" ? new FramedWorker(address) : new Plain(address);
        this.#worker.addEventListener("message", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data })));
        for (const message of this.#waiting.splice(0)) this.#worker.postMessage(message);
      });
    }

    postMessage(message) {
      if (this.#worker) this.#worker.postMessage(message);
      else this.#waiting.push(message);
    }

    terminate() {
      this.#worker?.terminate();
    }
  }

  window.Worker = function (address, ...rest) {
    return isSearch(address) ? askingOften(new LateWorker(address)) : new Plain(address, ...rest);
  };
}
