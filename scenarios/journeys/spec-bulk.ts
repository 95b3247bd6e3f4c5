import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";

const createMany = endpoint<{ readonly ids: readonly number[] }>("specs.bulk");

/** Ten specs in one request, which the service writes with one statement (MEM-13). */
export function specBulk({ token, user }: Session): void {
  const numbers = random("bulk");
  const key = unique();
  const specs = Array.from({ length: 10 }, (_, at) => ({
    key: `bulk ${key} ${at}`,
    value: numbers.text(6),
    category: "load",
  }));
  createMany({
    token,
    params: { projectId: projectOf(user, numbers) },
    body: { specs },
    expect: [201],
    check: (body) => new Set(body.ids).size === specs.length || `${body.ids.length} ids for ${specs.length} specs`,
  });
}
