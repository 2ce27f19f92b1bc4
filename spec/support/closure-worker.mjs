// Runs shipped functions as the entry of the pool does, one after the other.
import { parentPort } from "node:worker_threads";
import { ReceivedFunctions } from "../../lib/threads/closure/receive.ts";
import { encodeThrown } from "../../lib/threads/codec/errors.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";

const functions = new ReceivedFunctions();

parentPort.on("message", (message) => void run(message));

async function run({ code, values, args }) {
  try {
    if (!functions.has(code.id)) await functions.load(code);
    const result = await functions.instantiate(code.id, values)(...decodeValue(args));
    parentPort.postMessage({ result: encodeValue(result, "result") });
  } catch (error) {
    parentPort.postMessage({ thrown: encodeThrown(error) });
  }
}
