import type { Host } from "../host.ts";

/** How this user calls proofload, so that the next command can be copied: npm sets the variable for its scripts. */
export function programName(host: Host): string {
  return host.env["npm_lifecycle_event"] === undefined ? "npx proofload" : "npm run proofload --";
}
