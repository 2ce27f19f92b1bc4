// Nobody tells here what is under way outside of the language: what takes more than some turns of the event loop counts as
// waiting, and as what may end some day.

export function watchActivity(): () => void {
  return () => {};
}

export function isActive(): boolean {
  return false;
}

export function canHearMore(): boolean {
  return true;
}

export function begunSoFar(): number {
  return 0;
}
