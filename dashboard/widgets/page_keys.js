// A key that is held down presses a button once, where each press decides about what is shown: nobody has seen the next
// digit yet. Such buttons stand in a container whose key ends in `press_once`.
(() => {
  const HINTS = '[class*="press_once"] kbd';

  function pressesOnce(key) {
    return [...document.querySelectorAll(HINTS)].some((hint) => hint.textContent.toLowerCase() === key.toLowerCase());
  }

  window.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat && pressesOnce(event.key)) event.stopImmediatePropagation();
    },
    { capture: true },
  );
})();
