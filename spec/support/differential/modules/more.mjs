import { sep } from "node:path";

export const dashed = (text) => `${String(text)}-${sep}`;
export const secret = Object.freeze({ value: 41, nested: { n: 1 } });
export let level = 1;
export const raise = () => (level += 1);
raise();
