import { parentPort } from "node:worker_threads";
import { tasks } from "../harness/thread-tasks.mjs";
import { rival } from "./rival.mjs";

const { expose } = await rival("comlink");
const { default: endpoint } = await rival("comlink/dist/esm/node-adapter.mjs");
expose(tasks, endpoint(parentPort));
