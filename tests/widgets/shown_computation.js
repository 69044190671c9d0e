// Writes what the browser shows of a computation, for tests in Python: reads [[data, [[row, column], ...]], ...] and
// answers with the texts of each place.
import { readFileSync } from "node:fs";
import {
  decoded,
  kernelOf,
  ledgerOf,
  patchOf,
  productsOf,
  sumOf,
  termsOf,
} from "../../dashboard/widgets/computation/arithmetic.js";
import { shownNumber } from "../../dashboard/widgets/computation/numbers.js";

function shown([data, places]) {
  const c = decoded(data);
  const text = (value) => shownNumber(value, c.decimals);
  return places.map((at) => {
    const isWindow = c.kernels !== null && c.window !== null;
    const patch = isWindow ? patchOf(c, 0, at) : [];
    const kernel = isWindow ? kernelOf(c, 0) : [];
    const products = productsOf(patch, kernel);
    return {
      decimals: c.decimals,
      ledger: ledgerOf(c, at).map(({ sign, value }) => [sign, text(value)]),
      terms: c.kernels === null ? [] : termsOf(c, at).map(({ sum }) => text(sum)),
      patch: patch.map((value) => text(value ?? 0)),
      kernel: kernel.map(text),
      products: products.map(text),
      product: text(sumOf(products)),
    };
  });
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(shown)));
