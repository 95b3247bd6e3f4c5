/** What `proofload init` writes where there is no configuration yet: one target with one scenario, to be changed. */
export const STARTER_CONFIGURATION = `// Your service, as proofload starts and drives it. Made by \`proofload init\`: change it to yours, then
//
//   proofload plan first                                what would run; touches nothing
//   proofload run first --url http://127.0.0.1:3000     drives a service that runs already
//   proofload run first                                 starts the service itself, as \`service\` below says
export default {
  targets: [
    {
      name: "my-service",
      title: "My service",
      specification: "the document that your figures come from",
      service: {
        name: "my-service",
        directory: ".",
        command: ["node", "server.js"],
        // Given to the command: a free port, and with \`postgres: { urlVariable: "DATABASE_URL" }\` or
        // \`redis: { urlVariable: "REDIS_URL" }\` in \`needs\` the address of a fresh one.
        portVariable: "PORT",
        needs: {},
        // Answers 2xx as soon as the service can take load.
        readyPath: "/",
        readyWithin: "30s",
      },
      // The hardware that the figures are promised on.
      profile: { name: "small", cpus: 2, memoryGiB: 4 },
      data: { seed: 1 },
      classes: {
        // Over 100 ms warns, over 200 ms fails. \`source\` is the promise in \`requirements\`.
        page: { title: "Pages", budgets: [{ limit: "p95 of latency < 100 ms, max 200 ms", source: "PERF-1" }] },
      },
      endpoints: {
        home: { method: "GET", path: "/", class: "page" },
      },
      scenarios: {
        first: {
          title: "Fifty visits a second",
          script: "scenarios/first.ts",
          warmup: "3s",
          streams: {
            visits: {
              exec: "visit",
              load: { model: "open", rate: 50, duration: "20s" },
              calls: { home: 1 },
            },
          },
          budgets: [{ limit: "error_rate < 0.1 %", source: "PERF-2" }],
        },
      },
      requirements: [
        { id: "PERF-1", promise: "pages: p95 < 100 ms at 50 visits a second", measuredBy: "first" },
        { id: "PERF-2", promise: "fewer than one request in a thousand fails", measuredBy: "first" },
      ],
    },
  ],
  suites: { quick: ["first"] },
};
`;

/** Relative to the configuration, which names it. */
export const STARTER_SCENARIO_FILE = "scenarios/first.ts";

export const STARTER_SCENARIO = `// What one visitor does; k6 runs it. Made by \`proofload init\`: change it to what your users do.
import { endpoint } from "proofload:lib/endpoint.ts";

// By the names that proofload.config.ts gives to your endpoints.
const home = endpoint("home");

export function visit() {
  home({ expect: [200] });
}
`;
