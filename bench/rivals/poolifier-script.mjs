import { tasks } from "../harness/thread-tasks.mjs";
import { rival } from "./rival.mjs";

const { ThreadWorker } = await rival("poolifier");
export default new ThreadWorker(tasks);
