import assert from "node:assert/strict";
import { test } from "node:test";
import { isStrong, opacityOf, withOpacity } from "../../dashboard/widgets/confusion_grid/shading.js";

test("a cell without digits is faint, and a full one opaque", () => {
  assert.ok(opacityOf(0) > 0 && opacityOf(0) < 0.15);
  assert.ok(Math.abs(opacityOf(1) - 1) < 1e-9);
});

test("more is stronger, and the text turns white where no opacity between is used", () => {
  let last = opacityOf(0);
  for (let shade = 0.01; shade <= 1; shade += 0.01) {
    const opacity = opacityOf(shade);
    assert.ok(opacity > last);
    assert.equal(isStrong(shade), opacity >= 0.9);
    assert.ok(opacity <= 0.5 + 1e-9 || opacity >= 0.9);
    last = opacity;
  }
});

test("an opacity becomes two further digits of a colour", () => {
  assert.equal(withOpacity("#0072b2", 0), "#0072b200");
  assert.equal(withOpacity("#0072b2", 0.06), "#0072b20f");
  assert.equal(withOpacity("#0072b2", 1), "#0072b2ff");
});
