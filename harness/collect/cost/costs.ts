/** What was counted, one request after the other; costs.json of a scenario's folder. */
export interface Costs {
  /**
   * Times in which nobody asked, each straight after requests: what the service does by itself, or still has to do.
   * After the warm-up, after the first round and after the last: a batch may be written just before one begins.
   */
  readonly idle: readonly Span[];
  readonly requests: readonly CountedRequest[];
}

/** What happened between two readings. */
export interface Span {
  readonly seconds: number;
  /** Of the service's processes; absent where they are not on this machine. */
  readonly cpuNs?: number;
  /** Only those that ran. */
  readonly statements?: readonly CountedStatement[];
  readonly commands?: Readonly<Record<string, number>>;
}

export interface CountedStatement {
  readonly id: string;
  readonly query: string;
  readonly calls: number;
  readonly rows: number;
}

export interface CountedRequest extends Span {
  readonly endpoint: string;
  readonly status: number;
  readonly ok: boolean;
  readonly bytes?: number;
}
