// Runs inside a service that is profiled, before its own code (`node --import`), in every process and worker thread of it.
// JavaScript, since the service may bring a Node that strips no types. Takes a CPU profile between the moment at which
// the file `start` appears in PROOFLOAD_PROFILE_DIRECTORY and the moment at which `stop` does.
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

const directory = process.env["PROOFLOAD_PROFILE_DIRECTORY"] ?? "";
const own = join(directory, `${process.pid}-${threadId}`);
const LOOK_EVERY_MS = 50;
const SAMPLE_EVERY_US = 500;

const session = new Session();
let isRunning = false;

function look() {
  if (!isRunning && existsSync(join(directory, "start"))) {
    isRunning = true;
    session.connect();
    session.post("Profiler.enable");
    session.post("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
    session.post("Profiler.start", () => writeFileSync(`${own}.started`, ""));
  } else if (isRunning && existsSync(join(directory, "stop"))) {
    clearInterval(timer);
    session.post("Profiler.stop", (error, result) => {
      // Whole or not there at all: somebody waits for it.
      writeFileSync(`${own}.tmp`, JSON.stringify(error === null ? result.profile : { error: error.message }));
      renameSync(`${own}.tmp`, `${own}.cpuprofile`);
      session.disconnect();
    });
  }
}

const timer = setInterval(look, LOOK_EVERY_MS);
timer.unref();
