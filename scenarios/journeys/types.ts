/** Answers of the reference service, as far as the scripts look at them. */

export interface Tokens {
  readonly user: { readonly id: number; readonly email: string };
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
}

export interface Project {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly status: string;
}

export interface Spec {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly category: string;
}

export interface Questions {
  readonly questions: readonly { readonly topic: string; readonly text: string }[];
  readonly cached: boolean;
}

export interface Conflict {
  readonly specA: number;
  readonly specB: number;
  readonly reason: string;
  readonly status: string;
}
