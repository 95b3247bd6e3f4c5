import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { firstProjectOf, projectOf } from "./seeded.ts";
import type { Questions } from "./types.ts";

const ask = endpoint<Questions>("llm.questions");
const TOPICS = ["goals", "users", "data", "security", "operation"];

/** Three related topics in one request; nobody asked for these before, so no cache can know the answer. */
export function newQuestions({ token, user }: Session): void {
  const numbers = random("questions");
  const first = numbers.integer(0, TOPICS.length - 1);
  const topics = [0, 1, 2].map((at) => `${TOPICS[(first + at) % TOPICS.length]} ${unique()}`);
  ask({
    token,
    params: { projectId: projectOf(user, numbers) },
    body: { topics },
    check: (body) => answers(body, topics),
  });
}

/** A question that was most likely asked before: `count` different ones in all, each about the same project every time. */
export function repeatedQuestions(all: readonly Session[], count: number): void {
  const numbers = random("repeated");
  const prompt = numbers.integer(0, count - 1);
  const me = all[prompt % all.length];
  if (me === undefined) throw new Error("repeatedQuestions() needs what sessions(count) returned from setup()");
  const topics = [`common topic ${prompt}`, "what is missing"];
  const params = { projectId: firstProjectOf(me.user) };
  ask({ token: me.token, params, body: { topics }, check: (body) => answers(body, topics) });
}

function answers({ questions }: Questions, topics: readonly string[]): true | string {
  const missing = topics.filter(
    (topic) => !questions.some((question) => question.topic === topic && question.text !== ""),
  );
  return missing.length === 0 || `no question about ${missing.join(", ")}`;
}
