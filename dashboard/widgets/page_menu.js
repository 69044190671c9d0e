// On a phone the menu of pages covers most of the screen: it closes once a page is chosen, and is closed at a reload.
(() => {
  const LINK = '[data-testid="stSidebarNavLink"]';
  const CLOSE = '[data-testid="stSidebarCollapseButton"] button';
  const isNarrow = () => window.innerWidth <= 768; // where Streamlit puts the pages into a menu

  function forgetThatItWasOpen() {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith("stSidebarCollapsed")) localStorage.removeItem(key);
      }
    } catch {
      // a browser that stores nothing has not stored this either
    }
  }

  if (isNarrow()) forgetThatItWasOpen();
  document.addEventListener("click", ({ target }) => {
    if (!isNarrow() || !(target instanceof Element) || !target.closest(LINK)) return;
    setTimeout(() => document.querySelector(CLOSE)?.click()); // after the link has been followed
  });
})();
