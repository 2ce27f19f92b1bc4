// oxlint-disable-next-line typescript/unbound-method -- it uses no `this`
const { join } = require("node:path");

function legacy(n) {
  return [n, join("a", "b"), legacy.extra];
}
legacy.extra = 5;
legacy.double = (n) => [n, n];
module.exports = legacy;
