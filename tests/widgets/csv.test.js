import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf } from "../../dashboard/widgets/csv.js";

test("quotes, commas and lines stay within a cell", () => {
  assert.equal(
    csvOf([
      ["a", 'say "b", c'],
      ["1\n2", ""],
    ]),
    '"a","say ""b"", c"\n"1\n2",""\n',
  );
});

test("what a spreadsheet would run as a formula is a text", () => {
  for (const text of ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\r=1", "-", "=1"])
    assert.equal(csvOf([[text]]), `"'${text}"\n`);
});

test("numbers stay numbers", () => {
  for (const text of ["-1", "+2.5", "-1,234", "-0.5%", "97%", "−3"]) assert.equal(csvOf([[text]]), `"${text}"\n`);
});

test("marks of the reading direction are for the screen alone", () => {
  assert.equal(csvOf([["\u2068שלום\u2069 · 97%", "\u2068=1\u2069"]]), `"שלום · 97%","'=1"\n`);
});

test("numbers stand without quotes, and those that are not known leave an empty cell", () => {
  assert.equal(
    csvOf([["a", -1, 0.25, 1e-9, null, undefined, Number.NaN, Number.POSITIVE_INFINITY]]),
    '"a",-1,0.25,1e-9,,,,\n',
  );
});
