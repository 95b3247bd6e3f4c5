import { join } from "node:path";
import { planRun } from "../../harness/commands/plan-request.ts";
import { progressLine } from "../../harness/commands/progress-line.ts";
import { nodeHost } from "../../harness/node-host.ts";
import { type Proof, prove } from "../../harness/prove.ts";
import { renderTerminal } from "../../harness/report/terminal.ts";
import { reportFailure } from "../../harness/report-failure.ts";
import { proofloadVersion } from "../../harness/version.ts";
import type { Starved } from "./starve.ts";

export interface Demo {
  readonly title: string;
  /** A scenario of test/demo/proofload.config.ts, unless it is one of the project's own. */
  readonly what: string;
  readonly ofProject?: boolean;
  readonly settings?: readonly string[];
  /** Holds k6 back once it runs. */
  readonly starve?: (pid: number) => Promise<Starved>;
  readonly expected: Proof["verdict"]["kind"];
}

/** Runs demos one after the other through the real command's steps; exits 0 when each verdict is the expected one. */
export async function runDemos(demos: readonly Demo[]): Promise<void> {
  const host = nodeHost();
  const surprises: string[] = [];
  try {
    for (const demo of demos) {
      host.out.write(`\n── ${demo.title}\n`);
      const { verdict } = await runDemo(demo, host);
      host.out.write(`   exit code of \`proofload run\`: ${verdict.exitCode}, expected ${demo.expected}\n`);
      if (verdict.kind !== demo.expected) {
        surprises.push(`${demo.title}: ${verdict.kind} instead of ${demo.expected}`);
      }
    }
  } catch (error) {
    process.exitCode = reportFailure(error, host);
    return;
  }
  host.out.write(surprises.length === 0 ? "\nEach verdict is the expected one.\n" : `\n${surprises.join("\n")}\n`);
  process.exitCode = surprises.length === 0 ? 0 : 1;
}

async function runDemo(demo: Demo, host: ReturnType<typeof nodeHost>): Promise<Proof> {
  const { plan, configDirectory } = await planRun(host, {
    what: [demo.what],
    config: demo.ofProject === true ? undefined : join(import.meta.dirname, "proofload.config.ts"),
    env: "embedded",
    "scale-profile": false,
    budget: [],
    setting: demo.settings ?? [],
  });
  const progress = progressLine(host, plan);
  const held: Promise<Starved>[] = [];
  try {
    const proof = await prove(plan, host, {
      runsDirectory: join(host.cwd, ".proofload", "runs"),
      configDirectory,
      shareHost: false,
      proofloadVersion: proofloadVersion(),
      onProgress: progress.show,
      onK6: (pid) => {
        if (demo.starve !== undefined) {
          held.push(demo.starve(pid));
        }
      },
    });
    progress.clear();
    for (const { how } of await Promise.all(held)) {
      host.out.write(`   ${how}\n`);
    }
    const { colour, columns } = host.out;
    host.out.write(renderTerminal(proof.record, proof.verdict, proof.plan, { colour, columns }));
    return proof;
  } finally {
    progress.clear();
    for (const one of await Promise.all(held)) {
      await one[Symbol.asyncDispose]();
    }
  }
}
