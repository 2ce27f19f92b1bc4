const base = 100;

export function add(n) {
  return n + base;
}
