/** What a node waits for is counted down to 0; from then on its entry says how it stands. */
export const STARTED = -1;
export const READY = -2;
export const FAILED = -3;
