/** The same framework with one route that returns the same bytes, and nothing else: what `bench:service` compares with. */
import { readFileSync } from "node:fs";
import fastify from "fastify";

const [file = ""] = process.argv.slice(2);
const body = readFileSync(file, "utf8");
const app = fastify();
app.get("/api/templates/:templateId", (_request, reply) => {
  return reply.header("content-type", "application/json; charset=utf-8").send(body);
});
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${new URL(address).port}\n`);
