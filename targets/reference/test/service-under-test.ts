import type { Process } from "./process.ts";
import { until } from "./wait.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** The JSON body as the tests read it: each finds the fields of its own route, and `undefined` in all others. */
interface Body {
  readonly id: number;
  readonly error: { readonly code: string; readonly message: string; readonly problems: readonly object[] };
  readonly user: { readonly id: number; readonly email: string };
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly items: readonly { readonly id: number; readonly value: string; readonly score: number }[];
  readonly total: number;
  readonly ids: readonly number[];
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly title: string;
  readonly status: string;
  readonly checked: number;
  readonly conflicts: readonly { readonly specA: number; readonly specB: number }[];
  readonly coverage: number;
  readonly issues: readonly { readonly code: string }[];
  readonly paths: readonly { readonly name: string }[];
  readonly results: readonly {
    readonly ruleId: number;
    readonly factId: number;
    readonly factIds: readonly number[];
    readonly effects: unknown;
  }[];
  readonly engineStats: Readonly<Record<string, number>>;
  readonly processingMetrics: Readonly<Record<string, number>>;
  readonly jobId: number;
  readonly progress: number;
  readonly timeCompression: number;
  readonly declaredSeconds: number;
  readonly reason: string;
  readonly cached: boolean;
  readonly tokens: number;
  readonly model: string;
  readonly questions: readonly { readonly topic: string; readonly text: string }[];
  readonly specs: readonly { readonly key: string; readonly value: string; readonly category: string }[];
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[];
  readonly usage: { readonly cacheHits: number; readonly cacheMisses: number };
  readonly preloaded: number;
  readonly bytes: number;
  readonly postgres: string;
  readonly redis: string;
}

export interface Session {
  readonly userId: number;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface Asked {
  readonly as?: Session;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A running service and how the tests talk to it. */
export class ServiceUnderTest implements AsyncDisposable {
  readonly process: Process;
  readonly database: string;
  url = "";

  constructor(running: Process, database: string) {
    this.process = running;
    this.database = database;
  }

  async listening(): Promise<void> {
    const { port } = await until("the service to listen", () => {
      if (!this.process.running) throw new Error(`the service ended: ${this.process.stdout}${this.process.stderr}`);
      return this.lines().find((line) => line["msg"] === "listening");
    });
    this.url = `http://127.0.0.1:${String(port)}`;
  }

  async ask(method: string, path: string, { as, body, headers, signal }: Asked = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as.accessToken}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json") === true;
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} };
  }

  async login(user: number): Promise<Session> {
    const email = `user-${String(user).padStart(4, "0")}@proofload.test`;
    const { status, text, body } = await this.ask("POST", "/api/auth/login", {
      body: { email, password: "proofload-password" },
    });
    if (status !== 200) throw new Error(`${email} cannot log in: ${status} ${text}`);
    return { userId: body.user.id, accessToken: body.accessToken, refreshToken: body.refreshToken };
  }

  async register(name: string): Promise<Session> {
    const { status, text, body } = await this.ask("POST", "/api/auth/register", {
      body: { email: `${name}@proofload.test`, password: "a-long-password", name },
    });
    if (status !== 201) throw new Error(`${name} cannot register: ${status} ${text}`);
    return { userId: body.user.id, accessToken: body.accessToken, refreshToken: body.refreshToken };
  }

  /** The sum of all samples of a metric whose labels include these. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const { text } = await this.ask("GET", "/metrics");
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return text
      .split("\n")
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }

  /** The lines of its log so far. */
  lines(): Record<string, unknown>[] {
    return this.process.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async line(what: string, matches: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    return until(what, () => this.lines().find(matches));
  }

  /** Ends it as a supervisor would. Its exit code. */
  terminate(): Promise<number | NodeJS.Signals> {
    return this.process.stop("SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
