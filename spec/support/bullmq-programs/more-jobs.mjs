// Functions that only some workers have, and one that they have in another version than the specs.
import { threaded } from "skein";

export const later = threaded(import.meta, () => "known", { name: "spec/later" });
export const skewed = threaded(import.meta, () => "of the worker", { name: "spec/skewed" });
