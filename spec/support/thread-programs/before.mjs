globalThis.before = 7;
