import { check, sleep } from "k6";
import { firstProjectOf, projectOf } from "./journeys/seeded.ts";
import type { Page, Spec } from "./journeys/types.ts";
import { endpoint, type Result } from "./lib/endpoint.ts";
import { iteration } from "./lib/iteration.ts";
import { number } from "./lib/plan.ts";
import { random, unique } from "./lib/random.ts";
import { type Session, sessions } from "./lib/session.ts";

interface Template {
  readonly id: number;
  readonly title: string;
}

const readTemplate = endpoint<Template>("templates.read");
const updateTemplate = endpoint<Template>("templates.update");
const listSpecs = endpoint<Page<Spec>>("specs.list");
const ask = endpoint<{ readonly error: { readonly code: string } }>("llm.questions");

const LIMIT = number("requestsPerMinute");
const BEYOND = 5;
const HALF_OPEN_SECONDS = number("halfOpenSeconds");

// The limiter counts per user: each stream has users of its own. The first seeded user is the admin.
const ADMIN = 0;
const BREAKER = 1;
const LIMITED = 2;
const READERS = 20;

export function setup(): Session[] {
  return sessions(number("sessions"));
}

/** A user who asks too often: every request up to the limit is answered, every one beyond it is told when to return. */
export function overLimit(all: Session[]): void {
  const { token } = at(all, LIMITED + iteration());
  const params = { templateId: 150 };
  for (let count = 0; count < LIMIT; count++) readTemplate({ token, params });
  for (let count = 0; count < BEYOND; count++) {
    const refused = readTemplate({ token, params, expect: [429] });
    holds(refused, "templates.read", () => Number(refused.headers["Retry-After"]) > 0);
  }
}

/** Who has the newest answer already gets 304 and no body. */
export function conditional(all: Session[]): void {
  const { token } = at(all, READERS + (iteration() % (all.length - READERS)));
  const params = { templateId: random("template").integer(101, 200) };
  const first = readTemplate({ token, params });
  holds(first, "templates.read", () => first.headers["Cache-Control"] !== undefined);
  const etag = first.headers["Etag"] ?? first.headers["ETag"];
  if (etag !== undefined) readTemplate({ token, params, headers: { "If-None-Match": etag }, expect: [304] });
  else holds(first, "templates.read", () => false);
}

/** A change reaches both caches before it is confirmed: the next read shows it, under another tag. */
export function invalidated(all: Session[]): void {
  const { token } = at(all, ADMIN);
  const params = { templateId: 1 + (iteration() % 100) };
  readTemplate({ token, params });
  const title = `title ${unique()}`;
  updateTemplate({ token, params, body: { title } });
  readTemplate({ token, params, check: (body) => body.title === title || "the title before the change" });
}

/** Large answers are compressed for who can read that. */
export function compressed(all: Session[]): void {
  const { token, user } = at(all, READERS + (iteration() % (all.length - READERS)));
  const answer = listSpecs({
    token,
    params: { projectId: projectOf(user, random("project")) },
    query: { page: 1, pageSize: 100 },
    headers: { "Accept-Encoding": "gzip" },
  });
  holds(answer, "specs.list", () => answer.headers["Content-Encoding"] === "gzip" && answer.body.items.length > 0);
}

/**
 * A provider that always fails: after five failures the circuit opens and the service refuses at once; after a while
 * it lets one call through, which fails again.
 */
export function broken(all: Session[]): void {
  const { token, user } = at(all, BREAKER);
  const params = { projectId: firstProjectOf(user) };
  const call = (status: number, code: string): void => {
    ask({
      token,
      params,
      body: { topics: [unique()] },
      expect: [status],
      check: ({ error }) => error.code === code || `${error.code}, not ${code}`,
    });
  };
  if (iteration() === 0) {
    for (let count = 0; count < 5; count++) call(502, "LLM_FAILED");
  } else {
    sleep(HALF_OPEN_SECONDS * 1.1);
    call(502, "LLM_FAILED");
  }
  for (let count = 0; count < 3; count++) call(503, "LLM_CIRCUIT_OPEN");
}

/** What the library's own check of the body cannot see: headers. Counts as a failed request all the same. */
function holds<Body>(result: Result<Body>, name: string, test: () => boolean): void {
  if (result.ok) check(null, { [`${name}: body`]: test }, { name });
}

function at(all: Session[], index: number): Session {
  const found = all[index];
  if (found === undefined) throw new Error(`setup() logged ${all.length} users in, and user ${index + 1} is needed`);
  return found;
}
