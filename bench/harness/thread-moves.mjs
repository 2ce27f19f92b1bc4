/** A function of ours that gets a buffer and moves it back. Declared, so that a thread imports it from here. */
import { threaded, transfer } from "skein";

export const movedBack = threaded(import.meta, (buffer) => transfer(buffer));
