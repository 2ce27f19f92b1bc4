// Serves a page, and ends by itself when it is told that there is nothing more to do.
import { inspectable } from "skein";

const work = setInterval(() => {}, 1_000);
process.on("SIGUSR2", () => clearInterval(work));
console.log((await inspectable({ page: true })).page);
