import { double } from "./main-thread-only.mjs";

const together = await Promise.all([double(1), double(2)]);
console.log(JSON.stringify([...together, await double(3)]));
