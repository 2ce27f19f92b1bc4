// Functions of a module that does much at its top level, which is imported by another one.
import { runInThreadpool } from "skein";
import * as handed from "./busy.mjs";

console.log(
  JSON.stringify([
    await runInThreadpool(handed.kindOf, "1 + 1"),
    typeof (await runInThreadpool(handed.method, 1)),
  ]),
);
