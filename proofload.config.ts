import type { Configuration } from "./harness/plan/definition.ts";
import { embedding } from "./targets/embedding.ts";
import { memory } from "./targets/memory.ts";
import { platform } from "./targets/platform.ts";
import { ruleEngineProfiles } from "./targets/profiles/rule-engine.ts";
import { small } from "./targets/profiles/small.ts";
import { projectAssistant } from "./targets/project-assistant.ts";
import { ruleEngine } from "./targets/rule-engine.ts";

const release = [
  "costs",
  "auth",
  "crud",
  "llm",
  "analysis",
  "privacy",
  "resilience",
  "generation",
  "load-open",
  "load-users",
  "login-burst",
  "memories",
  "templates",
  "bulk",
  "concurrent-users",
  "batch",
  "rules",
  "rules-large",
  "platform",
  "pool-saturation",
];

const configuration: Configuration = {
  targets: [projectAssistant, memory, embedding, ruleEngine, platform],
  suites: {
    quick: ["quick-accounts", "quick-assistant", "quick-memories", "quick-embeddings", "quick-rules", "quick-platform"],
    smoke: ["smoke"],
    "release-load": release,
    "nightly-load": [...release, "load-long"],
    // Beyond what it can take, and for half an hour.
    endurance: ["stress", "soak"],
  },
  sequences: {
    release: ["run release-load", "micro --quick", "ab crud --base {last-tag} --head . --minutes 10", "trend --gate"],
    // First of all: what this machine can tell apart tonight.
    nightly: [
      "aa crud --verdicts 1 --minutes 3 --fresh",
      "run nightly-load",
      "micro",
      "ab crud --base {last-tag} --head . --minutes 15",
      "trend --gate",
    ],
  },
  profiles: { small, ...ruleEngineProfiles },
};

export default configuration;
