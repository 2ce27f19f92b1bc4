import { threaded } from "skein";

const three = 3;

export const declared = threaded(import.meta.url ?? "file:///declared.mjs", (n) => n * three);
