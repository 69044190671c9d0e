// Lets a row of `list` be dragged by its handle; `moveTo` gets each position that it comes to, `drop` the end.
export function makeDraggable(row, handle, { list, moveTo, drop }) {
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    row.classList.add("dragged");
    handle.onpointermove = (move) => {
      const rows = [...list.children];
      const target = rows.findIndex((other) => move.clientY < other.getBoundingClientRect().bottom);
      const to = target < 0 ? rows.length - 1 : target;
      if (to !== rows.indexOf(row)) moveTo(to);
    };
    const end = () => {
      handle.onpointermove = null;
      handle.onpointerup = null;
      handle.onpointercancel = null;
      row.classList.remove("dragged");
      drop();
    };
    handle.onpointerup = end;
    handle.onpointercancel = end;
  });
}
