// In a class: when a session has ended, the page says so, and is then asked for anew, which leads to the sign-in.
(() => {
  const SIGNED_OUT = ".st-key-signed_out";
  const READING_MILLISECONDS = 1500;
  let isLeaving = false;

  new MutationObserver(() => {
    if (isLeaving || !document.querySelector(SIGNED_OUT)) return;
    isLeaving = true;
    setTimeout(() => window.location.reload(), READING_MILLISECONDS);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
