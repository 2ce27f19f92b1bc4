const base = 100;

exports.add = (n) => n + base;
exports.unused = new WeakMap();
