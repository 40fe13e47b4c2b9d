import type { Answer, Rung } from './policy.ts';

/** From the strictest way to read a reply to the freest. */
export const rungs = ['json', 'object', 'words'] as const satisfies readonly Rung[];

/** How the usable replies were read; numbers that were read without a reply are on no rung. */
export function countRungs(answers: Iterable<Answer>): Record<Rung, number> {
  const counts = { json: 0, object: 0, words: 0 };
  for (const { outcome, rung } of answers) if (outcome === 'ok' && rung) counts[rung]++;
  return counts;
}

/** The freest way in which one of some replies was read; undefined where none was. */
export const freestRung = (answers: readonly Answer[]): Rung | undefined =>
  rungs.findLast((rung) => answers.some((answer) => answer.outcome === 'ok' && answer.rung === rung));

/**
 * How replies were read, for people; undefined where no reply was.
 * @example rungWords({ json: 5, object: 1, words: 0 }) // => 'replies read: 5 as JSON, 1 by an object in the text'
 */
export function rungWords(counts: Readonly<Record<Rung, number>>): string | undefined {
  const words = { json: 'as JSON', object: 'by an object in the text', words: 'by a number in words or digits' };
  const read = rungs.filter((rung) => counts[rung] > 0);
  if (read.length === 0) return undefined;
  return `replies read: ${read.map((rung) => `${counts[rung].toLocaleString('en-US')} ${words[rung]}`).join(', ')}`;
}
