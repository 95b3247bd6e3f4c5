import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sampleAb } from "../report/sample-ab.ts";
import { abRecordSchema } from "./ab-schema.ts";

describe("ab.json", () => {
  it("is read as it was written, by a real comparison and by a made one", () => {
    const fixture = new URL("../../test/fixtures/ab/equal-reading.json", import.meta.url);
    const real: unknown = JSON.parse(readFileSync(fixture, "utf8"));
    expect(abRecordSchema.parse(real)).toEqual(real);
    const made = sampleAb({ starts: 2, unsound: [1] });
    expect(abRecordSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
  });

  it.each([
    ["an unknown field", { extra: 1 }, ""],
    ["a side that is missing", { sides: { base: { given: "main", kind: "ref" } } }, "sides.head"],
    [
      "a start without its figures",
      { starts: [{ ...sampleAb({ starts: 1 }).starts[0], figures: undefined }] },
      "starts.0.figures",
    ],
  ])("is refused with %s", (_, change, where) => {
    const parsed = abRecordSchema.safeParse({ ...sampleAb({ starts: 1 }), ...change });
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toContain(where);
  });
});
