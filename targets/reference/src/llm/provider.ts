/** A task for the model, not a free prompt: what a provider makes of it is its own affair. */
export type Prompt =
  | { readonly task: "questions"; readonly model: string; readonly topics: readonly string[] }
  | { readonly task: "extract"; readonly model: string; readonly text: string }
  | { readonly task: "outline"; readonly model: string; readonly project: string };

/** What counts for the circuit breaker: the provider was asked and did not answer as it should. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
}

export interface Provider {
  readonly name: string;
  /** Yields the answer's tokens as they are made. Throws ProviderError; stops quietly when `signal` is aborted. */
  stream(prompt: Prompt, options: CallOptions): AsyncGenerator<string, void>;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** Multiplies every waiting time, on top of the provider's own scale; for time-compressed jobs. */
  readonly timeScale?: number;
}
