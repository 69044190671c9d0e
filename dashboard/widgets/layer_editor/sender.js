const THROTTLE = 60; // ms between two messages while a key is held down
const PAUSE = 400; // ms without an edit, after which the rest of the page is updated

// Numbers the edits and sends them: the first at once, quickly following ones together.
export class Sender {
  constructor(sendEdit, sendSettled) {
    this.sendEdit = sendEdit;
    this.sendSettled = sendSettled;
    this.seq = 0;
    this.sentAt = -Infinity;
    this.timer = null;
  }

  // The number rises at once; the layers are read when the message is sent.
  send() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.sendSettled(this.seq), PAUSE);
    if (this.timer) return;
    this.seq += 1;
    const wait = THROTTLE - (performance.now() - this.sentAt);
    if (wait > 0) this.timer = setTimeout(() => this.sendNow(), wait);
    else this.sendNow();
  }

  sendNow() {
    this.timer = null;
    this.sentAt = performance.now();
    this.sendEdit(this.seq);
  }

  // A page that was reloaded continues the count of the server.
  catchUp(answered) {
    this.seq = Math.max(this.seq, answered);
  }
}
