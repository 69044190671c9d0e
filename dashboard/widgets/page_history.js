// One step back in the browser takes back one thing that a person did. The server changes the address as well, such as
// when it names the run that a page shows; that belongs to the step before, and is no step of its own.
(() => {
  const DEEDS = ["pointerdown", "click", "keydown"];
  const push = history.pushState.bind(history);
  let isDeed = false;
  let isLeaving = false; // for another page, by a link
  let isBetween = false; // the last entry has the query of the new page, but still the path of the old one

  for (const kind of DEEDS) window.addEventListener(kind, () => note(true), { capture: true, passive: true });
  window.addEventListener("click", ({ target }) => leave(target), { capture: true, passive: true });
  window.addEventListener("popstate", () => note(false));

  function note(value) {
    isDeed = value;
    isLeaving = false;
    isBetween = false;
  }

  function leave(target) {
    const link = target instanceof Element ? target.closest("a[href]") : null;
    isLeaving = link !== null && isOther(link.href);
  }

  function isOther(address) {
    return new URL(address ?? "", location.href).pathname !== location.pathname;
  }

  history.pushState = (state, unused, address) => {
    const isHere = !isOther(address);
    if (isBetween || (isHere && !isDeed)) history.replaceState(state, unused, address);
    else push(state, unused, address);
    if (isLeaving && isHere) isBetween = true;
    else note(false);
  };
})();
