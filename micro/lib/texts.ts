const WORDS =
  "the service stores a memory of every question that a user asks and ranks it by what the next one is about so that answers come from what was said before and not from a guess".split(
    " ",
  );

/** `count` texts of `words` words each, all different, the same in every run. */
export function texts(count: number, words: number): string[] {
  let state = 20_261_121;
  const next = () => {
    // Numerical Recipes' linear congruential generator: the texts only have to differ.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return Array.from({ length: count }, (_, index) =>
    [`text${index}`, ...Array.from({ length: words - 1 }, () => WORDS[next() % WORDS.length])].join(" "),
  );
}
