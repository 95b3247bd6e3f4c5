import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { archiveFor, K6_IMAGE, K6_VERSION } from "./k6-release.ts";
import { parseK6Version } from "./k6-version.ts";

test("the module that is built is the version that is wanted", () => {
  const goMod = readFileSync(new URL("../../tools/k6/go.mod", import.meta.url), "utf8");
  expect(goMod).toContain(`go.k6.io/k6/v2 v${K6_VERSION}\n`);
});

test("every download is pinned and comes over https; a platform without a pin has no download", () => {
  for (const platform of ["linux", "darwin"]) {
    for (const arch of ["x64", "arm64"]) {
      const archive = archiveFor(platform, arch);
      expect(archive?.url).toMatch(/^https:\/\/github\.com\/grafana\/k6\/releases\/download\/v/);
      expect(archive?.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  }
  expect(archiveFor("linux", "riscv64")).toBeUndefined();
  expect(K6_IMAGE).toMatch(/@sha256:[0-9a-f]{64}$/);
});

test.each([
  ["k6 v2.2.0 (go1.26.8, linux/amd64)\n", "2.2.0"],
  ["k6 v1.1.0 (commit/abc, go1.24, linux/amd64)\nExtensions:\n", "1.1.0"],
  ["hello", undefined],
])("the version in %j is %s", (text, version) => {
  expect(parseK6Version(text)).toBe(version);
});
