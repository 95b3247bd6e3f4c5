import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeEngineRemains } from "./engine-remains.ts";

type Kind = "containers" | "volumes" | "networks";

interface Resource {
  readonly kind: Kind;
  readonly name: string;
  readonly run: string;
}

/** Speaks as much of an engine's language as is needed, and keeps to what the guardian cannot know. */
class FakeEngine {
  readonly resources: Resource[] = [];
  readonly said: string[] = [];
  /** Called before each look at the containers, with its number. */
  onLook: (look: number) => void = () => {};
  /** Answers of removals, before they are done. */
  readonly refusals: number[] = [];
  /** Never answers. */
  hangs = false;
  #looks = 0;

  readonly server = createServer((request, response) => {
    if (this.hangs) return;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://engine");
    const [, kind = "", name = ""] = pathname.split("/");
    if (request.method === "DELETE") {
      this.said.push(`${name} ${searchParams}`);
      const refusal = this.refusals.shift();
      if (refusal === undefined) this.#remove(name);
      response.writeHead(refusal ?? 204).end();
      return;
    }
    if (kind === "containers") {
      this.#looks += 1;
      this.onLook(this.#looks);
    }
    const [wanted] = JSON.parse(searchParams.get("filters") ?? "{}").label ?? [];
    const found = this.resources.filter((one) => one.kind === kind && wanted === `proofload.run=${one.run}`);
    const listed = found.map((one) => ({ Id: one.name, Name: one.name }));
    response.end(JSON.stringify(kind === "volumes" ? { Volumes: listed } : listed));
  });

  get looks(): number {
    return this.#looks;
  }

  add(...resources: Resource[]): void {
    this.resources.push(...resources);
  }

  #remove(name: string): void {
    const index = this.resources.findIndex((one) => one.name === name);
    this.resources.splice(index, 1);
  }
}

const RUN = "20261121-160000-quick-aaaa";
const container = { kind: "containers", name: "c1", run: RUN } as const;
const volume = { kind: "volumes", name: "v1", run: RUN } as const;
const network = { kind: "networks", name: "n1", run: RUN } as const;
const others = { kind: "containers", name: "c2", run: `${RUN}b` } as const;

describe("what a run has left in an engine", () => {
  let engine: FakeEngine;
  let folder: string;
  let socketPath: string;

  beforeEach(async () => {
    engine = new FakeEngine();
    folder = await mkdtemp(join(tmpdir(), "engine-"));
    socketPath = join(folder, "engine.sock");
    engine.server.listen(socketPath);
    await once(engine.server, "listening");
  });

  afterEach(async () => {
    engine.server.closeAllConnections();
    engine.server.close();
    await rm(folder, { recursive: true });
  });

  const remove = (lateMs: number, signal = AbortSignal.timeout(15_000)) =>
    removeEngineRemains({ socketPath }, { runId: RUN, lateMs, signal });

  it("is removed by the run's label alone: containers by force, with their volumes, and before what they use", async () => {
    engine.add(network, volume, container, others);
    await remove(0);
    expect(engine.resources).toEqual([others]);
    expect(engine.said).toEqual(["c1 force=true&v=true", "v1 force=true", "n1 "]);
  });

  it("takes one look after an orderly end with nothing left", async () => {
    await remove(0);
    expect(engine.looks).toBe(1);
  });

  it("is removed although it appears after the first looks, when the harness was killed", async () => {
    engine.onLook = (look) => {
      if (look === 4) engine.add(container);
    };
    await remove(1500);
    expect(engine.resources).toEqual([]);
    expect(engine.looks).toBeGreaterThan(4);
  });

  it("is asked for again when the engine refuses at first", async () => {
    engine.add(container);
    engine.refusals.push(409, 500);
    await remove(0);
    expect(engine.resources).toEqual([]);
    expect(engine.said).toHaveLength(3);
  });

  it("is given up with the signal, when the engine never answers", async () => {
    engine.hangs = true;
    const stop = new AbortController();
    const removed = remove(0, stop.signal);
    await once(engine.server, "request");
    stop.abort();
    await expect(removed).resolves.toBeUndefined();
  });
});
