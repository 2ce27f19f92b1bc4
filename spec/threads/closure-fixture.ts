/** Something to import. */
const factor = 10;

export function scaled(n: number): number {
  return n * factor;
}
