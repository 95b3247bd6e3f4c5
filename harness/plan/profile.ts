import type { ProfiledPart } from "./definition.ts";

/** What one part may use on the machine of this run. */
export interface PartLimits {
  /** CPU time per second, in cores. */
  readonly cpus: number;
  /** Cores of this machine that it may run on: "0-1". */
  readonly cpuset: string;
  readonly memoryBytes: number;
}

/** A profile as it is laid out on a machine that can hold it. */
export interface Layout {
  /** Name of the profile. */
  readonly profile: string;
  /** 1: as declared; less: proportionally smaller (`--scale-profile`), and what is bound to hardware is not comparable. */
  readonly scale: number;
  readonly parts: Readonly<Record<ProfiledPart, PartLimits>>;
  /** True where parts share cores, because there are too few for one set each. */
  readonly sharesCores: boolean;
  readonly postgres: Readonly<Record<string, string>>;
  readonly redis: Readonly<Record<string, string>>;
}
