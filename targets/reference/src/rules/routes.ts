import { Type } from "@fastify/type-provider-typebox";
import type { App } from "../http/app.ts";
import { Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";

const Scalar = Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean(), Type.Null()]);
const Operator = Type.Union([
  Type.Literal("equals"),
  Type.Literal("notEquals"),
  Type.Literal("greaterThan"),
  Type.Literal("greaterOrEqual"),
  Type.Literal("lessThan"),
  Type.Literal("lessOrEqual"),
  Type.Literal("contains"),
]);
const Condition = Type.Object({ field: Text(100), operator: Operator, value: Scalar });
const Action = Type.Object({ type: Type.Literal("setField"), field: Text(100), value: Scalar });
const Rule = Type.Object({
  id: Type.Integer(),
  name: Text(200),
  conditions: Type.Array(Condition, { maxItems: 50 }),
  actions: Type.Array(Action, { maxItems: 50 }),
});
const Fact = Type.Object({ id: Type.Integer(), fields: Type.Record(Type.String(), Type.Unknown()) });
export function ruleRoutes(app: App, { ruleEngine }: Services): void {
  app.post(
    "/api/rules/evaluate",
    {
      // 100,000 facts (BIN-14) are about 15 MB of JSON.
      bodyLimit: 64 * 1024 * 1024,
      schema: {
        body: Type.Object({
          rules: Type.Array(Rule, { minItems: 1, maxItems: 10_000 }),
          facts: Type.Array(Fact, { maxItems: 200_000 }),
        }),
      },
    },
    async (request, reply) => {
      const evaluation = await ruleEngine.evaluate(request.body.rules, request.body.facts);
      // A hundred thousand firings: the compiled serialiser builds them piece by piece, which takes three times as long.
      return reply.header("content-type", "application/json; charset=utf-8").send(JSON.stringify(evaluation));
    },
  );
}
