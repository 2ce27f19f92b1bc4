import { tasks } from "../harness/thread-tasks.mjs";
import { rival } from "./rival.mjs";

const { default: workerpool } = await rival("workerpool");
workerpool.worker(tasks);
