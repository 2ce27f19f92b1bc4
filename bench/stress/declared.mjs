/** The same functions, imported by the threads instead of sent. */
import { threaded } from "skein";
import * as sent from "./functions.mjs";

export const works = threaded(import.meta, (...args) => sent.works(...args));
export const echoes = threaded(import.meta, (...args) => sent.echoes(...args));
export const givesBytes = threaded(import.meta, (...args) => sent.givesBytes(...args));
export const tellsProgress = threaded(import.meta, (...args) => sent.tellsProgress(...args));
export const asksWhetherCancelled = threaded(import.meta, (...args) =>
  sent.asksWhetherCancelled(...args),
);
