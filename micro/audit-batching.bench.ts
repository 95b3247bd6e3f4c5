/** 500 audit events: recorded and written behind the requests in one statement, against one statement each. */
import type { Benches } from "../harness/micro/bench.ts";
import { type AuditEvent, AuditLog } from "../targets/reference/src/audit/audit.ts";
import type { Database } from "../targets/reference/src/db/database.ts";
import { createLog } from "../targets/reference/src/observe/log.ts";
import { serviceParts } from "./lib/service.ts";

const EVENTS = 500;

export default function benches(): Benches {
  const { settings, metrics } = serviceParts();
  const { log } = createLog(settings, () => {});
  // What is measured is the work in this process: a database that takes everything at once.
  const db = { change: async (_statement: unknown, _values: readonly unknown[]) => 1 };
  const audit = new AuditLog(settings.audit, db as unknown as Database, metrics, log);
  const event = (index: number): AuditEvent => ({
    at: 1_795_000_000_000 + index,
    userId: index % 100,
    action: "GET /api/projects",
    status: 200,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  });
  return {
    batched: {
      items: EVENTS,
      run: async () => {
        for (let index = 0; index < EVENTS; index += 1) audit.record(event(index));
        await audit.flush();
      },
    },
    "one-by-one": {
      items: EVENTS,
      run: async () => {
        for (let index = 0; index < EVENTS; index += 1) {
          const { at, userId, action, status, traceId } = event(index);
          await db.change("audit_insert", [[at], [userId], [action], [status], [traceId]]);
        }
      },
    },
  };
}
