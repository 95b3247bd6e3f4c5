/**
 * The rule engine in threads of its own. A hundred thousand facts take a tenth of a second to read, evaluate and answer;
 * the event loop only hands bytes over. Rules come from outside: one that joins everything with everything ends by a
 * limit of time or memory, which ends its thread and nothing else.
 */
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { ApiError } from "../http/errors.ts";
import type { RulesSettings } from "../settings.ts";
import type { RuleEngine } from "./engine.ts";
import type { Outcome } from "./evaluation.ts";

interface Waiting {
  readonly body: Uint8Array;
  readonly gone: AbortSignal;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** How often a running evaluation is looked at. One that is shorter costs no look at all. */
const LOOK_MS = 50;
const MIB = 1024 * 1024;
/** The most that `JSON.parse` makes of a body that `tooMuchJson` lets pass, in MiB. */
const PARSING_MB = 512;

export class RuleThreads implements RuleEngine {
  readonly #settings: RulesSettings;
  readonly #log: Logger;
  readonly #threads = new Set<Thread>();
  /** Last used first: its code is compiled and its heap has grown. */
  readonly #idle: Thread[] = [];
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;

  constructor(settings: RulesSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  evaluate(body: Uint8Array, gone: AbortSignal): Promise<Uint8Array> {
    if (this.#waiting.length > 0 && this.#waitingBytes + body.byteLength > this.#settings.queueMaxMb * MIB)
      throw new ApiError(503, "RULES_BUSY", "too many evaluations are waiting", { retryAfterSeconds: 1 });
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#waiting.push({ body, gone, resolve, reject });
    this.#waitingBytes += body.byteLength;
    this.#next();
    return promise;
  }

  #next(): void {
    for (;;) {
      const thread = this.#waiting.length === 0 ? undefined : this.#freeThread();
      const waiting = thread === undefined ? undefined : this.#waiting.shift();
      if (thread === undefined || waiting === undefined) return;
      this.#waitingBytes -= waiting.body.byteLength;
      if (waiting.gone.aborted) {
        waiting.reject(new ApiError(499, "CLIENT_GONE", "nobody waits for this evaluation any more"));
        this.#idle.push(thread);
      } else void this.#run(thread, waiting);
    }
  }

  #freeThread(): Thread | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isAlive) return idle;
      this.#threads.delete(idle);
    }
    if (this.#threads.size >= this.#settings.threads) return undefined;
    const thread = new Thread(this.#settings);
    this.#threads.add(thread);
    return thread;
  }

  async #run(thread: Thread, { body, resolve, reject }: Waiting): Promise<void> {
    try {
      const outcome = await thread.run(body);
      if (outcome.kind === "evaluated") resolve(outcome.bytes);
      else reject(new ApiError(outcome.status, outcome.code, outcome.message, { problems: outcome.problems }));
    } catch (error) {
      reject(error);
    }
    if (thread.isAlive) this.#idle.push(thread);
    else {
      this.#threads.delete(thread);
      this.#log.warn({ threads: this.#threads.size }, "a rule thread has ended");
    }
    this.#next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }
}

/** One evaluation at a time. */
class Thread {
  readonly #settings: RulesSettings;
  readonly #worker: Worker;
  isAlive = true;

  constructor(settings: RulesSettings) {
    this.#settings = settings;
    this.#worker = new Worker(new URL("./thread-worker.ts", import.meta.url), {
      // Far above the limit that is looked after: where V8 meets its own inside of a built-in function, it ends the process.
      resourceLimits: { maxOldGenerationSizeMb: settings.memoryMb + PARSING_MB },
    });
    const ended = () => {
      this.isAlive = false;
    };
    // Also while nothing runs in it: an error that nobody listens to would end the process.
    this.#worker.on("error", ended);
    this.#worker.on("exit", ended);
    // Nobody waits for an idle thread at the end of the process.
    this.#worker.unref();
  }

  async run(body: Uint8Array): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const worker = this.#worker;
    const onError = (error: unknown) => reject(isOutOfMemory(error) ? this.#tooMuchMemory(error) : error);
    const onExit = () => reject(new ApiError(503, "RULES_BUSY", "the service is stopping"));
    worker.once("message", resolve);
    worker.once("error", onError);
    worker.once("exit", onExit);
    const watch = this.#watch(reject);
    try {
      const own = ownBytes(body);
      worker.postMessage(own, [own.buffer]);
      return await promise;
    } finally {
      clearInterval(watch);
      worker.off("message", resolve);
      worker.off("error", onError);
      worker.off("exit", onExit);
    }
  }

  #watch(reject: (error: unknown) => void): NodeJS.Timeout {
    const started = performance.now();
    const { timeoutMs, memoryMb } = this.#settings;
    const give = (error: ApiError) => {
      this.isAlive = false;
      reject(error);
      void this.#worker.terminate();
    };
    return setInterval(() => {
      if (performance.now() - started > timeoutMs)
        return give(
          new ApiError(
            422,
            "EVALUATION_LIMIT",
            `the rules did not come to an end within ${timeoutMs} ms: join on equality, or send fewer facts`,
          ),
        );
      this.#worker.getHeapStatistics().then(
        ({ used_heap_size, external_memory }) => {
          if (this.isAlive && used_heap_size + external_memory > memoryMb * MIB) give(this.#tooMuchMemory());
        },
        // The thread has ended meanwhile, which says more than its heap.
        () => undefined,
      );
      return undefined;
    }, LOOK_MS);
  }

  #tooMuchMemory(cause?: unknown): ApiError {
    const message = `the rules need more than ${this.#settings.memoryMb} MiB for these facts: send fewer at once`;
    return new ApiError(422, "EVALUATION_LIMIT", message, { cause });
  }

  async end(): Promise<void> {
    this.isAlive = false;
    await this.#worker.terminate();
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

/** A large body has memory of its own, which changes hands; a small one shares a page with others and is copied. */
function ownBytes(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = body;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === body.byteLength) return new Uint8Array(buffer);
  return new Uint8Array(body);
}
