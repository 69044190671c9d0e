// Answers that a part of the page has asked the server for by itself, between two reruns, for the parts that show them.

const EVENT = "mnist-studio-answer";
const listeners = new WeakMap(); // of each part that follows, so that it follows once

export function announceAnswer(channel, answer) {
  document.dispatchEvent(new CustomEvent(EVENT, { detail: { channel, answer } }));
}

// Calls `show` with each answer of the channel while `root` is on the page; an empty channel follows none.
export function followAnswers(root, channel, show) {
  document.removeEventListener(EVENT, listeners.get(root));
  if (!channel) return;
  const listener = (event) => {
    if (!root.isConnected) document.removeEventListener(EVENT, listener);
    else if (event.detail.channel === channel) show(event.detail.answer);
  };
  listeners.set(root, listener);
  document.addEventListener(EVENT, listener);
}
