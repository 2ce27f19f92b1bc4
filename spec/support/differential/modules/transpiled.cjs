"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.plain = exports.default = void 0;
const legacy_1 = require("./legacy.cjs");
const plain = (n) => [n, (0, legacy_1.double)(n)];
exports.plain = plain;
exports.default = function main(n) {
  return [n, exports.plain(n)];
};
