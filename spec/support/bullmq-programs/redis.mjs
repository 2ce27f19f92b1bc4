// Keeps a redis-server for a spec, or what REDIS_SERVER names: started, stopped and restarted as it says, and ended with it, however it ends.
import { spawn } from "node:child_process";

const args = process.argv.slice(2);
const program = process.env["REDIS_SERVER"] ?? "redis-server";
let server;

function start() {
  server = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  server.on("error", ({ message }) => process.send({ failed: message }));
  let log = "";
  server.stdout.on("data", (chunk) => {
    log += chunk;
    if (!/Ready to accept connections/i.test(log)) return;
    log = "";
    server.stdout.removeAllListeners("data").resume();
    process.send({ up: server.pid });
  });
  server.on("exit", () => {
    if (process.connected) process.send({ gone: true });
  });
}

process.on("message", (say) => {
  if (say === "start") start();
  else server.kill(say);
});
process.on("disconnect", () => {
  server?.kill("SIGKILL");
  process.exit();
});
start();
