/**
 * Does fixed work and writes how fast it was, as one line of JSON: see Calibration in fingerprint.ts. In a process of its
 * own, so that nothing of the harness runs beside it and every run begins with the same cold compiler.
 */
import { connect, createServer } from "node:net";

/** Time for each of the three, after its first slice, which is for the compiler and the allocator. */
const EACH_MS = 350;
/** Slices are short: between two disturbances there is time for a whole one. */
const STEPS = 500_000;
const BLOCK_BYTES = 64 * 1024 ** 2;
const COPIED_BYTES = 4 * 1024 ** 2;
const PLACES = 5;
const TRIPS = 40;

interface Slice {
  /** Work of one slice, in the unit of the score. */
  readonly amount: number;
  readonly run: () => void | Promise<void>;
}

/**
 * Slices of equal work until the time is over; the fastest counts. Whatever else runs on the machine only ever makes a
 * slice slower, and how busy it was is judged elsewhere.
 */
async function score({ amount, run }: Slice, forMs = EACH_MS): Promise<number> {
  await run();
  const end = performance.now() + forMs;
  let fastest = Number.POSITIVE_INFINITY;
  do {
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - start);
  } while (performance.now() < end);
  return Number((amount / (fastest / 1000)).toPrecision(4));
}

/** A step: one round of a linear congruential generator, an xor-shift and a multiply-add on doubles. */
function cpu(): Slice {
  let kept = 0;
  return {
    amount: STEPS / 1e6,
    run() {
      let state = 1;
      let sum = 0;
      for (let step = 0; step < STEPS; step += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
        state ^= state >>> 13;
        sum = sum * 0.999_999 + (state & 1023) * 0.5;
      }
      kept += sum;
      if (Number.isNaN(kept)) throw new Error("the compiler left the work out");
    },
  };
}

/** Piece by piece through blocks that are larger than the caches of most processors. */
function memory(): Slice {
  const from = Buffer.alloc(BLOCK_BYTES, 1);
  const to = Buffer.alloc(BLOCK_BYTES, 2);
  let at = 0;
  return {
    amount: COPIED_BYTES / 1e9,
    run() {
      from.copy(to, at, at, at + COPIED_BYTES);
      at = (at + COPIED_BYTES) % BLOCK_BYTES;
    },
  };
}

/** Both ends in this process: what it costs to go through the kernel, without the choice of a core. */
async function loopback(): Promise<Slice & Disposable> {
  const server = createServer({ noDelay: true }, (socket) => socket.on("data", (bytes) => socket.write(bytes)));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const client = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise<void>((resolve, reject) => client.once("error", reject).once("connect", resolve));
  const byte = Buffer.of(1);
  return {
    amount: TRIPS,
    run: () =>
      new Promise<void>((resolve, reject) => {
        let left = TRIPS;
        const answered = () => {
          left -= 1;
          if (left > 0) client.write(byte);
          else {
            client.off("data", answered);
            client.off("error", reject);
            resolve();
          }
        };
        client.on("data", answered).once("error", reject);
        client.write(byte);
      }),
    [Symbol.dispose]() {
      client.destroy();
      server.close();
    },
  };
}

/** Where the blocks lie makes up to a fifth: the fastest place of several counts. */
async function memoryScore(): Promise<number> {
  const places: number[] = [];
  for (let place = 0; place < PLACES; place += 1) places.push(await score(memory(), EACH_MS / PLACES));
  return Math.max(...places);
}

const found = { cpu: await score(cpu()), memory: await memoryScore(), loopback: 0 };
{
  using trips = await loopback();
  found.loopback = await score(trips);
}
process.stdout.write(`${JSON.stringify(found)}\n`);
