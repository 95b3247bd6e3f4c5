import type { FastifyError } from "fastify";
import type { Logger } from "pino";
import type { App } from "./app.ts";

/** An error that is meant for the client: status, a code that never changes, a sentence. */
export class ApiError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  readonly problems: readonly object[] | undefined;

  constructor(statusCode: number, code: string, message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ApiError";
    this.statusCode = statusCode;
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.problems = options.problems;
  }
}

export interface ApiErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  /** What is wrong with the input, for programs to read; the message says the same to people. */
  readonly problems?: readonly object[];
}

export function notFound(what: string): ApiError {
  return new ApiError(404, "NOT_FOUND", `there is no such ${what}`);
}

/** Turns everything thrown into `{error:{code,message}}`; 5xx are logged with their cause. */
export function handleErrors(app: App, log: Logger): void {
  app.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    const answer = toAnswer(error);
    if (answer.status >= 500) {
      const { traceId, userId } = request;
      const route = request.routeOptions.url;
      log.error({ err: error, code: answer.code, method: request.method, route, traceId, userId }, "request failed");
    }
    if (answer.retryAfterSeconds !== undefined) void reply.header("retry-after", answer.retryAfterSeconds);
    const { code, message, problems } = answer;
    return reply.code(answer.status).send({
      error: problems === undefined || problems.length === 0 ? { code, message } : { code, message, problems },
    });
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${pathOf(request.url)} does not exist`;
    return reply.code(404).send({ error: { code: "NOT_FOUND", message } });
  });
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly problems?: readonly object[] | undefined;
}

function toAnswer(error: FastifyError | ApiError): Answer {
  if (error instanceof ApiError)
    return {
      status: error.statusCode,
      code: error.code,
      message: error.message,
      retryAfterSeconds: error.retryAfterSeconds,
      problems: error.problems,
    };
  if (error.validation !== undefined) return { status: 400, code: "INVALID_INPUT", message: describeInput(error) };
  const status = error.statusCode ?? 500;
  if (status === 429) return { status, code: "RATE_LIMITED", message: error.message };
  if (status < 500) return { status, code: error.code ?? "BAD_REQUEST", message: error.message };
  return {
    status,
    code: "INTERNAL",
    message: "the service failed; its log names the cause by this request's trace id",
  };
}

/** All wrong fields at once, each with its name: "body.email: must match format email". */
function describeInput(error: FastifyError): string {
  const part = error.validationContext ?? "input";
  const problems = (error.validation ?? []).flatMap((problem) => {
    const at = problem.instancePath.replaceAll("/", ".");
    const missing = problem.params["requiredProperties"] ?? problem.params["missingProperty"];
    if (missing !== undefined) return [missing].flat().map((name) => `${part}${at}.${String(name)}: is missing`);
    return [`${part}${at}: ${problem.message ?? "is wrong"}`];
  });
  return [...new Set(problems)].join("; ");
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}
