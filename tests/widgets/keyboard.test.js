import assert from "node:assert/strict";
import { test } from "node:test";
import { destinationAmong, destinationInGrid, destinationInTable } from "../../dashboard/widgets/keyboard.js";

// Ten things, wrapped after four: rows 0-3, 4-7, 8-9.
for (const [key, here, expected] of [
  ["ArrowRight", 3, 4],
  ["ArrowRight", 9, -1],
  ["ArrowLeft", 4, 3],
  ["ArrowLeft", 0, -1],
  ["ArrowDown", 5, 9],
  ["ArrowDown", 6, -1],
  ["ArrowUp", 9, 5],
  ["ArrowUp", 2, -1],
  ["Home", 6, 0],
  ["End", 6, 9],
  ["Enter", 6, -1],
  ["ArrowRight", -1, -1],
  ["Home", -1, -1],
]) {
  test(`in a wrapped grid ${key} leads from ${here} to ${expected}`, () => {
    assert.equal(destinationInGrid(key, here, 10, 4), expected);
  });
}

// Ten rows and columns; -1 is the heading.
for (const [key, from, expected] of [
  ["ArrowRight", [4, -1], [4, 0]],
  ["ArrowRight", [4, 9], [4, 9]],
  ["ArrowLeft", [4, 0], [4, -1]],
  ["ArrowLeft", [4, -1], [4, -1]],
  ["ArrowUp", [0, 4], [-1, 4]],
  ["ArrowUp", [-1, 4], [-1, 4]],
  ["ArrowDown", [9, 4], [9, 4]],
  ["ArrowDown", [-1, 4], [0, 4]],
  ["Home", [4, 6], [4, -1]],
  ["End", [4, 6], [4, 9]],
  ["a", [4, 6], null],
]) {
  test(`in a table ${key} leads from ${from} to ${expected}`, () => {
    assert.deepEqual(destinationInTable(key, from, 10), expected);
  });
}

test("nothing leads to the corner of a table, which is no place", () => {
  for (const key of ["ArrowLeft", "ArrowUp", "Home", "End"]) {
    for (let i = 0; i < 10; i++) {
      assert.notDeepEqual(destinationInTable(key, [-1, i], 10), [-1, -1]);
      assert.notDeepEqual(destinationInTable(key, [i, -1], 10), [-1, -1]);
    }
  }
});

const PLACES = [
  [0, 0],
  [0, 2],
  [1, 1],
  [3, 0],
  [3, 2],
];

for (const [key, here, expected] of [
  ["ArrowRight", 1, 2],
  ["ArrowRight", 4, -1],
  ["ArrowLeft", 2, 1],
  ["ArrowLeft", 0, -1],
  ["ArrowDown", 0, 3],
  ["ArrowDown", 2, -1],
  ["ArrowUp", 4, 1],
  ["ArrowUp", 2, -1],
  ["Home", 3, 0],
  ["End", 0, 4],
  ["Tab", 0, -1],
]) {
  test(`in a table with gaps ${key} leads from ${PLACES[here]} to ${PLACES[expected] ?? "nowhere"}`, () => {
    assert.equal(destinationAmong(key, here, PLACES), expected);
  });
}
