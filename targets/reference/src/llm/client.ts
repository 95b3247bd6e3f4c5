import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
} from "cockatiel";
import type { Logger } from "pino";
import { ApiError } from "../http/errors.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { LlmSettings } from "../settings.ts";
import { type Prompt, type Provider, ProviderError } from "./provider.ts";

export interface Completion {
  readonly text: string;
  readonly tokens: number;
}

/**
 * The way to the LLM provider: time-out, circuit breaker, metrics. Failures are `ApiError`: 502 where the provider
 * failed, 504 where it took too long, 503 at once while the circuit is open.
 */
export class LlmClient {
  readonly #provider: Provider;
  readonly #settings: LlmSettings;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #observe: (seconds: number) => void;

  constructor(provider: Provider, settings: LlmSettings, metrics: Metrics, log: Logger) {
    this.#provider = provider;
    this.#settings = settings;
    this.#observe = metrics.llmSeconds.labels({ provider: provider.name }).observe;
    this.#breaker = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(settings.breakerFailures),
      halfOpenAfter: settings.breakerHalfOpenMs,
    });
    const state = metrics.breakerState.labels({ provider: provider.name });
    state.set(stateNumber[this.#breaker.state]);
    this.#breaker.onStateChange((next) => {
      state.set(stateNumber[next]);
      log.warn({ provider: provider.name, state: CircuitState[next] }, "circuit breaker changed");
    });
  }

  async complete(prompt: Prompt, options: { readonly timeScale?: number } = {}): Promise<Completion> {
    const tokens: string[] = [];
    for await (const token of await this.stream(prompt, options)) tokens.push(token);
    return { text: tokens.join(""), tokens: tokens.length };
  }

  /** Resolves with the first token made. Only that far does the breaker judge the call; later tokens may still fail. */
  async stream(prompt: Prompt, options: { readonly timeScale?: number } = {}): Promise<AsyncGenerator<string, void>> {
    const started = performance.now();
    const signal = AbortSignal.timeout(this.#settings.timeoutMs);
    const tokens = this.#provider.stream(prompt, { ...options, signal });
    const finish = () => this.#observe((performance.now() - started) / 1000);
    try {
      const first = await this.#breaker.execute(() => tokens.next());
      return this.#rest(first, tokens, finish);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) finish();
      throw this.#explain(error);
    }
  }

  async *#rest(
    first: IteratorResult<string, void>,
    tokens: AsyncGenerator<string, void>,
    finish: () => void,
  ): AsyncGenerator<string, void> {
    try {
      if (first.done !== true) yield first.value;
      yield* tokens;
    } catch (error) {
      throw this.#explain(error);
    } finally {
      finish();
    }
  }

  #explain(cause: unknown): unknown {
    if (cause instanceof BrokenCircuitError) {
      const retryAfterSeconds = Math.ceil(this.#settings.breakerHalfOpenMs / 1000);
      const message = `the LLM provider failed ${this.#settings.breakerFailures} times in a row and is not asked for now`;
      return new ApiError(503, "LLM_CIRCUIT_OPEN", message, { cause, retryAfterSeconds });
    }
    if (cause instanceof ProviderError) return new ApiError(502, "LLM_FAILED", "the LLM provider failed", { cause });
    if (cause instanceof Error && cause.name === "AbortError")
      return new ApiError(504, "LLM_TIMEOUT", `the LLM provider took longer than ${this.#settings.timeoutMs} ms`, {
        cause,
      });
    return cause;
  }
}

const stateNumber: Readonly<Record<CircuitState, number>> = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
};
