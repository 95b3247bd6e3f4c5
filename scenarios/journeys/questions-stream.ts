import { check } from "k6";
import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";
import { projectOf } from "./seeded.ts";

const askForStream = endpoint("llm.stream", { ttft: true });

/** Questions as server-sent events; the service sends its headers with the first token. */
export function streamedQuestions({ token, user }: Session): void {
  const answer = askForStream({
    token,
    params: { projectId: projectOf(user, random("stream")) },
    body: { topics: [`goals ${unique()}`, "users"] },
    headers: { Accept: "text/event-stream" },
  });
  if (answer.ok) {
    const events = () => String(answer.response.body).includes("data:");
    check(null, { "llm.stream: body": events }, { name: "llm.stream" });
  }
}
