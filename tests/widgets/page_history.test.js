// What a step back in the browser takes back, whatever the order in which the server's changes of the address arrive.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const SOURCE = new URL("../../dashboard/widgets/page_history.js", import.meta.url);

class Element {
  constructor(href) {
    this.href = href;
  }
  closest() {
    return this.href ? this : null;
  }
}

// A browser as far as the script asks for one: an address, its history, and clicks.
function browser(address) {
  const listeners = {};
  const location = new URL(address, "http://studio");
  const entries = [address];
  const go = (next) => Object.assign(location, { href: new URL(next, location).href });
  const history = {
    pushState: (_state, _unused, next) => entries.push(next) && go(next),
    replaceState: (_state, _unused, next) => entries.splice(-1, 1, next) && go(next),
  };
  const window = {
    addEventListener: (kind, listener) => {
      listeners[kind] = [...(listeners[kind] ?? []), listener];
    },
  };
  vm.runInNewContext(readFileSync(SOURCE, "utf8"), { history, window, location, URL, Element });
  const click = (href) => {
    for (const listener of listeners.click) listener({ target: new Element(href) });
  };
  return { entries, click, push: (next) => history.pushState(null, "", next) };
}

test("a change that a person made is a step, one that the server made is none", () => {
  const { entries, click, push } = browser("/explore");
  click();
  push("/explore?image=train-3");
  push("/explore?image=train-3&run=x");
  assert.deepEqual(entries, ["/explore", "/explore?image=train-3&run=x"]);
});

test("another page is one step when its query comes after its path", () => {
  const { entries, click, push } = browser("/explore?view=classes");
  click("http://studio/design");
  push("/design");
  push("/design?image=train-3");
  assert.deepEqual(entries, ["/explore?view=classes", "/design?image=train-3"]);
});

test("another page is one step when its query comes before its path", () => {
  const { entries, click, push } = browser("/explore?view=classes");
  click("http://studio/design");
  push("/explore?image=train-3");
  push("/design?image=train-3");
  push("/design?image=train-3&design=x");
  assert.deepEqual(entries, ["/explore?view=classes", "/design?image=train-3&design=x"]);
});

test("a link to the same page is a step of its own", () => {
  const { entries, click, push } = browser("/train?run=a");
  click("http://studio/train?run=b");
  push("/train?run=b");
  click();
  push("/train?run=b&epoch=2");
  assert.deepEqual(entries, ["/train?run=a", "/train?run=b", "/train?run=b&epoch=2"]);
});
