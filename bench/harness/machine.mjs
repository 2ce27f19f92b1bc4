import { cpus, totalmem } from "node:os";

export function nodeMajor() {
  return Number(process.versions.node.split(".")[0]);
}

export function machine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${cpus().length} × ${model.trim()}, ${memory} GiB, ${process.platform}`;
}
