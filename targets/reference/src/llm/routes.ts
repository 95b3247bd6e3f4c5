import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import { PrivateCache } from "../cache/private.ts";
import { TwoLevelCache } from "../cache/two-level.ts";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { notFound } from "../http/errors.ts";
import { Id, Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";
import type { Completion } from "./client.ts";
import type { Prompt } from "./provider.ts";

const ownsProject = statement("project_owned", "SELECT 1 FROM projects WHERE id = $1 AND user_id = $2");

const model = "stub-1";
const Params = Type.Object({ projectId: Id });
const Topics = Type.Object({ topics: Type.Array(Text(500), { minItems: 1, maxItems: 50 }) });
const Spec = Type.Object({ key: Type.String(), value: Type.String(), category: Type.String() });
const usage = { cached: Type.Boolean(), tokens: Type.Integer(), model: Type.String() };

/**
 * Questions and extraction by the LLM. Answers to questions hold nothing of the user's, so all users share them in both
 * cache levels; what was extracted from a text is the user's own, and stays in a private cache (SOC-15).
 */
export function llmRoutes(app: App, { settings, metrics, redis, db, llm, log }: Services): void {
  const shared = new TwoLevelCache<Completion>({
    name: "llm",
    redis,
    metrics,
    log,
    maxEntries: 5000,
    seconds: settings.cacheSeconds,
    encode: ({ tokens, text }) => `${tokens}\n${text}`,
    decode: (stored) => {
      const end = stored.indexOf("\n");
      return end === -1 ? undefined : { tokens: Number(stored.slice(0, end)), text: stored.slice(end + 1) };
    },
  });
  const own = new PrivateCache<Completion>("llm", metrics, { maxEntries: 2000, seconds: settings.cacheSeconds });

  const requireProject = async (projectId: number, userId: number): Promise<void> => {
    if ((await db.first(ownsProject, [projectId, userId])) === undefined) throw notFound("project");
  };

  app.post(
    "/api/projects/:projectId/questions",
    {
      schema: {
        params: Params,
        body: Topics,
        response: {
          200: Type.Object({
            questions: Type.Array(Type.Object({ topic: Type.String(), text: Type.String() })),
            ...usage,
          }),
        },
      },
    },
    async (request) => {
      await requireProject(request.params.projectId, request.userId);
      const { topics } = request.body;
      const prompt: Prompt = { task: "questions", model, topics };
      const key = cacheKey(prompt);
      let cached = true;
      const ask = async () => {
        cached = false;
        return llm.complete(prompt);
      };
      const answer = shared.peek(key) ?? (await shared.fetch(key, ask));
      const texts = answer?.text.split("\n") ?? [];
      const questions = topics.map((topic, index) => ({ topic, text: texts[index] ?? "" }));
      return { questions, cached, tokens: answer?.tokens ?? 0, model };
    },
  );

  app.post(
    "/api/projects/:projectId/questions/stream",
    { schema: { params: Params, body: Topics } },
    async (request, reply) => {
      await requireProject(request.params.projectId, request.userId);
      const { topics } = request.body;
      const prompt: Prompt = { task: "questions", model, topics };
      const key = cacheKey(prompt);
      const known = shared.peek(key);
      // Waits for the first token, so that a provider that fails is a status, and the headers' time is the TTFT.
      const tokens = known === undefined ? await llm.stream(prompt) : tokensOf(known.text);
      const keep = (text: string, count: number) =>
        known === undefined ? shared.put(key, { text, tokens: count }) : Promise.resolve();
      const events = Readable.from(serverSentEvents(topics, tokens, keep), { objectMode: false });
      return reply
        .header("content-type", "text/event-stream; charset=utf-8")
        .header("cache-control", "no-store")
        .send(events);
    },
  );

  app.post(
    "/api/projects/:projectId/extract",
    {
      schema: {
        params: Params,
        body: Type.Object({ text: Text(50_000) }),
        response: { 200: Type.Object({ specs: Type.Array(Spec), ...usage }) },
      },
    },
    async (request) => {
      await requireProject(request.params.projectId, request.userId);
      const prompt: Prompt = { task: "extract", model, text: request.body.text };
      const key = cacheKey(prompt);
      const known = own.get(request.userId, key);
      const answer = known ?? (await llm.complete(prompt));
      if (known === undefined) own.set(request.userId, key, answer);
      const lines = answer.text.split("\n").filter((line) => line !== "");
      const specs = lines.map((line) => JSON.parse(line) as { key: string; value: string; category: string });
      return { specs, cached: known !== undefined, tokens: answer.tokens, model };
    },
  );
}

/** The sha256 of model and prompt: equal prompts of two users share an answer, and the key tells neither's words. */
function cacheKey(prompt: Prompt): string {
  return createHash("sha256").update(JSON.stringify(prompt)).digest("hex");
}

async function* tokensOf(text: string): AsyncGenerator<string, void> {
  yield* text.match(/\s*\S+|\s+$/g) ?? [];
}

/** One `token` event a token, with the topic it belongs to; at the end `done`, or `error` where the provider broke off. */
async function* serverSentEvents(
  topics: readonly string[],
  tokens: AsyncGenerator<string, void>,
  keep: (text: string, tokens: number) => Promise<void>,
): AsyncGenerator<string, void> {
  let text = "";
  let count = 0;
  try {
    for await (const token of tokens) {
      text += token;
      count += 1;
      const topic = topics[text.split("\n").length - 1] ?? "";
      yield event("token", { topic, token });
    }
    await keep(text, count);
    yield event("done", { tokens: count, model });
  } catch (error) {
    yield event("error", { message: error instanceof Error ? error.message : "the stream broke off" });
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
