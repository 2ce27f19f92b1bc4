import { threaded } from "skein";

export const square = threaded(import.meta, (n) => n * n, { name: "bench/square" });
