// One step back in the browser takes back one thing that a person did. The server changes the address as well, such as
// when it names the run that a page shows; that belongs to the step before, and is no step of its own.
(() => {
  const DEEDS = ["pointerdown", "click", "keydown"];
  const push = history.pushState.bind(history);
  let isDeed = false;

  for (const kind of DEEDS) window.addEventListener(kind, () => note(true), { capture: true, passive: true });
  window.addEventListener("popstate", () => note(false));

  function note(value) {
    isDeed = value;
  }

  history.pushState = (state, unused, address) => {
    const isOtherPage = new URL(address ?? "", location.href).pathname !== location.pathname;
    if (isDeed || isOtherPage) push(state, unused, address);
    else history.replaceState(state, unused, address);
    note(false);
  };
})();
