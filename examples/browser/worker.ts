// What workers run: the program of skein's threads, and the functions that they may be asked for.
import "skein/thread";
export * from "./nearest.ts";
