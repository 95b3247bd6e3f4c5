import { createHash } from "node:crypto";
import type { Prompt } from "./provider.ts";

/** What the stub says. Questions come one to a line, in the order of the topics; extracted specs as lines of JSON. */
export function answerTo(prompt: Prompt): string {
  switch (prompt.task) {
    case "questions":
      // The topic's own words are left out: answers are shared between users, topics are a user's (SOC-15).
      return prompt.topics.map((topic) => questions[choose(topic, questions.length)] ?? "").join("\n");
    case "extract":
      return sentences(prompt.text)
        .map((sentence, index) => JSON.stringify(specFrom(sentence, index)))
        .join("\n");
    case "outline":
      return "Goals, data model, interfaces, failure modes, operations, tests, and then the order of the work.";
  }
}

const questions = [
  "Which outcome would tell you that this part has succeeded, and who would notice it first?",
  "What is the largest amount of it that has to be handled in the busiest hour of a year?",
  "What should happen to work in progress when the part behind this one stops answering?",
  "Who may see it, who may change it, and how would you prove that afterwards?",
  "Which decision about it would be the most expensive one to change a year from now?",
  "What would you leave out if the whole had to be delivered in half of the time?",
  "How old may the data be that a user sees here before it does harm?",
  "Which assumption about it has nobody tested yet, and what would it cost to test it?",
] as const;

const categories = ["requirements", "constraints", "goals", "quality"] as const;

function specFrom(sentence: string, index: number) {
  const words = sentence.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const longest = words.reduce((best, word) => (word.length > best.length ? word : best), "spec");
  return {
    key: `${longest}_${index + 1}`,
    value: sentence,
    category: categories[choose(sentence, categories.length)] ?? "requirements",
  };
}

function sentences(text: string): string[] {
  return text
    .split(/[.!?\n]+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "")
    .slice(0, 20);
}

function choose(text: string, count: number): number {
  return createHash("sha256").update(text).digest().readUInt32LE(0) % count;
}
