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
const Evaluation = Type.Object({
  results: Type.Array(Type.Object({ ruleId: Type.Integer(), factId: Type.Integer(), actions: Type.Array(Action) })),
  engineStats: Type.Object({
    ruleCount: Type.Integer(),
    factCount: Type.Integer(),
    nodeCount: Type.Integer(),
    memoryUsageBytes: Type.Integer(),
  }),
  processingMetrics: Type.Object({
    evaluationTimeMs: Type.Number(),
    factsProcessed: Type.Integer(),
    rulesFired: Type.Integer(),
    memoryPeakBytes: Type.Integer(),
  }),
});

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
        response: { 200: Evaluation },
      },
    },
    async (request) => {
      const { results, engineStats, processingMetrics } = await ruleEngine.evaluate(
        request.body.rules,
        request.body.facts,
      );
      return {
        results: results.map((firing) => ({ ...firing, actions: [...firing.actions] })),
        engineStats,
        processingMetrics,
      };
    },
  );
}
