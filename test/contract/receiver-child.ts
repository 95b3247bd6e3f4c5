/**
 * A receiver in a process of its own, for tests that kill it: `receiver-child.ts DIRECTORY SECRET [SYNCS]`. Prints its
 * address. With SYNCS it kills itself after so many syncs: what it has just written is on the disk and not yet
 * acknowledged.
 */
import { type LogFile, openLogFile } from "../../harness/collect/raw-log.ts";
import { openReceiver } from "../../harness/collect/receiver.ts";

const [directory = "", secret = "", syncs = ""] = process.argv.slice(2);

async function dyingFile(path: string): Promise<LogFile> {
  const file = await openLogFile(path);
  let left = syncs === "" ? Number.POSITIVE_INFINITY : Number(syncs);
  return {
    ...file,
    sync: async () => {
      await file.sync();
      left -= 1;
      if (left <= 0) process.kill(process.pid, "SIGKILL");
    },
  };
}

const receiver = await openReceiver({ directory, secret, ...(syncs === "" ? {} : { openFile: dyingFile }) });
process.stdout.write(`${receiver.address}\n`);
