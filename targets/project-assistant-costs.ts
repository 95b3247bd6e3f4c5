import type { BudgetLine } from "../harness/plan/definition.ts";
import type { ReferenceEndpoint } from "./reference-service.ts";

const limits = (source: string, ...texts: readonly string[]): BudgetLine[] => texts.map((limit) => ({ limit, source }));

/** A page holds twenty rows at most, and one statement reads it: with the total, and without what nobody shows. */
const page = limits("SOC-09", "sql_statements <= 1", "sql_rows <= 20", "response_bytes < 8 KB");
const row = limits("SOC-09", "sql_statements <= 1", "sql_rows <= 1", "response_bytes < 2 KB");
const session = limits("SOC-14", "sql_statements <= 0");

/** What one request may cost: what the service needs today, so that one statement more fails the scenario `costs`. */
export const projectAssistantCosts: Readonly<Partial<Record<ReferenceEndpoint, readonly BudgetLine[]>>> = {
  "projects.list": page,
  "projects.create": row,
  "projects.read": row,
  "projects.update": row,
  "projects.archive": limits("SOC-09", "sql_statements <= 1"),
  "specs.list": page,
  "specs.create": row,
  "specs.read": row,
  "specs.update": row,
  "specs.delete": limits("SOC-09", "sql_statements <= 1"),
  // The user is looked up once; from then on the session lies in Redis alone.
  "auth.login": limits("SOC-09", "sql_statements <= 1"),
  "auth.refresh": session,
  "auth.logout": session,
  // New questions: one look, and one answer that is kept.
  "llm.questions": [...limits("SOC-09", "sql_statements <= 1"), ...limits("SOC-11", "redis_commands <= 2")],
  "conflicts.detect": limits("SOC-09", "sql_statements <= 2"),
  "conflicts.list": limits("SOC-09", "sql_statements <= 1"),
};
