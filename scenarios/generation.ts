import { firstProjectOf } from "./journeys/seeded.ts";
import { endpoint } from "./lib/endpoint.ts";
import { vuNumber } from "./lib/iteration.ts";
import { awaitJob } from "./lib/job.ts";
import { number } from "./lib/plan.ts";
import { type Session, sessions } from "./lib/session.ts";

interface Job {
  readonly status: "queued" | "running" | "done" | "failed";
  readonly progress: number;
  /** The service declares how many times faster than real its jobs run. */
  readonly timeCompression: number;
}

const generate = endpoint<{ readonly jobId: number | string }>("projects.generate");
const readJob = endpoint<Job>("jobs.read");

export function setup(): Session[] {
  return sessions(number("sessions"));
}

/** Starts the generation of a project and looks four times a second until it is done. */
export function generation(all: Session[]): void {
  const me = all[(vuNumber() - 1) % all.length];
  if (me === undefined) throw new Error("setup() logged nobody in");
  const { token } = me;
  const started = generate({
    token,
    params: { projectId: firstProjectOf(me.user) },
    body: {},
    expect: [202],
    check: (body) => body.jobId !== undefined || "no jobId",
  });
  if (!started.ok) return;
  const params = { jobId: started.body.jobId };
  let timeCompression = 1;
  const look = () => {
    const seen = readJob({ token, params, check: (body) => body.status !== "failed" || "the generation failed" });
    if (!seen.ok) return "failed";
    timeCompression = seen.body.timeCompression;
    return seen.body.status === "done" ? "done" : "running";
  };
  awaitJob("projects.generate", look, {
    every: 0.25,
    atMost: 30,
    get timeCompression() {
      return timeCompression;
    },
  });
}
