import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";
import type { Page, Spec } from "./types.ts";

const list = endpoint<Page<Spec>>("specs.list");
const create = endpoint<Spec>("specs.create");
const read = endpoint<Spec>("specs.read");
const update = endpoint<Spec>("specs.update");
const remove = endpoint("specs.delete");

/** A spec of a seeded project is created, changed, read and deleted; the read must show the change (SOC-15). */
export function specLife({ token, user }: Session): void {
  const numbers = random("spec");
  const projectId = projectOf(user, numbers);
  list({
    token,
    params: { projectId },
    query: { page: 1, pageSize: 20 },
    check: (body) => (body.items.length > 0 && body.total > 0) || "a seeded project without specs",
  });
  const key = `spec ${unique()}`;
  const created = create({
    token,
    params: { projectId },
    body: { key, value: numbers.text(8), category: "load" },
    expect: [201],
    check: (body) => (body.id > 0 && body.key === key) || "not the spec that was sent",
  });
  if (!created.ok) return;
  const params = { specId: created.body.id };
  const value = numbers.text(8);
  update({ token, params, body: { value }, check: (body) => body.value === value || "still the old value" });
  read({ token, params, check: (body) => body.value === value || "the value before the change" });
  remove({ token, params, expect: [204, 200] });
}
