const unit = 10;

export function scale(n: number): number {
  return n * unit;
}
