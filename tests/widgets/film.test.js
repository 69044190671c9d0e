import assert from "node:assert/strict";
import { test } from "node:test";
import { frameAfterKey, frameTime, play } from "../../dashboard/widgets/film/playing.js";

test("keys step within the film and stop at its ends", () => {
  assert.equal(frameAfterKey("ArrowRight", 3, 5), 4);
  assert.equal(frameAfterKey("ArrowRight", 4, 5), 4);
  assert.equal(frameAfterKey("ArrowLeft", 0, 5), 0);
  assert.equal(frameAfterKey("Home", 3, 5), 0);
  assert.equal(frameAfterKey("End", 0, 5), 4);
  assert.equal(frameAfterKey("x", 3, 5), null);
});

test("a short film is not slower than two frames a second, a long one not faster than eight", () => {
  assert.equal(frameTime(3), 600);
  assert.equal(frameTime(1000), 120);
  assert.ok(frameTime(20) > frameTime(40));
});

test("a film plays every frame once, in order, and ends by itself", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const shown = [];
  let ends = 0;
  play(
    1,
    4,
    (frame) => shown.push(frame),
    () => {
      ends += 1;
    },
  );
  for (let i = 0; i < 10; i++) mock.timers.tick(frameTime(4));
  assert.deepEqual(shown, [2, 3]);
  assert.equal(ends, 1);
});

test("a stopped film shows no more frames", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const shown = [];
  const stop = play(0, 10, (frame) => shown.push(frame), assert.fail);
  mock.timers.tick(frameTime(10));
  stop();
  for (let i = 0; i < 10; i++) mock.timers.tick(frameTime(10));
  assert.deepEqual(shown, [1]);
});
