import { endpoint } from "../lib/endpoint.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { template } from "./seeded.ts";

const read = endpoint<{ readonly id: number; readonly questions: readonly string[] }>("templates.read");

/** Shared data that everybody reads: the cached, authenticated read path. */
export function readTemplate({ token }: Session): void {
  const templateId = template(random("template"));
  read({
    token,
    params: { templateId },
    check: (body) => (body.id === templateId && body.questions.length > 0) || "another template",
  });
}
