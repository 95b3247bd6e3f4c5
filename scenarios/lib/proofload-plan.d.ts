/** What the harness tells a scenario: a virtual module, written into the bundle by harness/load/bundle.ts. */
declare module "proofload:plan" {
  export interface ScriptEndpoint {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
    /** "/api/projects/:projectId" */
    readonly path: string;
    /** Its latency from the intended start of the iteration is measured too. */
    readonly scheduled?: true;
    /** Of all of its requests, beside its name. */
    readonly tags?: Readonly<Record<string, string>>;
  }

  export interface ScriptPlan {
    readonly scenario: string;
    /** Endpoints that this scenario may call, by their stable names. */
    readonly endpoints: Readonly<Record<string, ScriptEndpoint>>;
    /** The scenario's own values: numbers of users, think times, … */
    readonly params: Readonly<Record<string, string | number | boolean>>;
    /** Sizes of the target's data set. */
    readonly data: Readonly<Record<string, number | string>>;
    readonly seed: number;
    readonly streams: Readonly<
      Record<string, { readonly exec: string; readonly calls: Readonly<Record<string, number>> }>
    >;
  }

  export const plan: ScriptPlan;
}
