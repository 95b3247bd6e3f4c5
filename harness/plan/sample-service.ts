import type { ServiceDefinition } from "./definition.ts";

/** A service that no test starts. */
export const sampleService: ServiceDefinition = {
  name: "shop",
  directory: ".",
  command: ["node", "main.ts"],
  needs: {},
  portVariable: "PORT",
  readyPath: "/readyz",
  readyWithin: "10s",
};
