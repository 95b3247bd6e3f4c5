/**
 * The one k6 that plans are proved with. `tools/k6/go.mod` names the same version; a test holds the two together.
 * Where the hashes come from, and how far they can be trusted: docs/adr/0002-k6-archive-pins.md.
 */
export const K6_VERSION = "2.2.0";

export interface Archive {
  readonly url: string;
  /** Of the archive, lower-case hexadecimal. */
  readonly sha256: string;
  /** The binary's path inside it. */
  readonly member: string;
}

/** Official release archives by `${process.platform}-${process.arch}`. */
const ARCHIVES: Readonly<Record<string, { readonly name: string; readonly sha256: string }>> = {
  "linux-x64": {
    name: "linux-amd64.tar.gz",
    sha256: "b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d",
  },
  "linux-arm64": {
    name: "linux-arm64.tar.gz",
    sha256: "4ecd64cadcc792402d16293836115480419c4447c032858f564852d98f1bf54c",
  },
  "darwin-x64": {
    name: "macos-amd64.zip",
    sha256: "45a08590511c8a6a9c6331645e60c41624924e848e29472e87c60ac956d50372",
  },
  "darwin-arm64": {
    name: "macos-arm64.zip",
    sha256: "37a028506bf13578de66c906296803775df28cc2504b1a8c5d786b2803e757c7",
  },
};

/** The release archive for this machine, or undefined where none is pinned. */
export function archiveFor(platform: string, arch: string): Archive | undefined {
  const pinned = ARCHIVES[`${platform}-${arch}`];
  if (pinned === undefined) return undefined;
  const file = `k6-v${K6_VERSION}-${pinned.name}`;
  return {
    url: `https://github.com/grafana/k6/releases/download/v${K6_VERSION}/${file}`,
    sha256: pinned.sha256,
    member: `${file.replace(/\.(tar\.gz|zip)$/, "")}/k6`,
  };
}

/** The official image by the digest of its index (linux, amd64 and arm64); Docker checks every layer against it. */
export const K6_IMAGE = "grafana/k6@sha256:9bd01d6941fca969cb61bb57d2da5ee9b385fe2aa8881df3798c196564d6ace6";
export const K6_IMAGE_PATH = "/usr/bin/k6";
