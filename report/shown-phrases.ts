import type { Vocabulary } from '../env/scenario.ts';

/** Phrases that a figure has room for: more lines of a table cannot be read. */
export const MOST_PHRASES = 20;

/**
 * The phrases that a figure shows: all if there is room, otherwise those that matter most. Phrases of a group are shown
 * together or not at all, as one says little without the others; of a group with more phrases than there is room for,
 * those that matter most.
 * @param size how much a phrase matters; NaN for one that is not to be shown
 * @returns by size, a group at the place of its largest phrase and in its own order
 */
export function shownPhrases(
  { phrases, groups }: Pick<Vocabulary, 'phrases' | 'groups'>,
  size: (phrase: string) => number,
  most = MOST_PHRASES,
): string[] {
  const grouped = new Set(groups.flatMap((group) => group.phrases));
  const units = [
    ...groups.map((group) => [...group.phrases]),
    ...[...phrases.keys()].filter((phrase) => !grouped.has(phrase)).map((phrase) => [phrase]),
  ]
    .map((unit) => unit.map((phrase) => phrases[phrase]!).filter((phrase) => !Number.isNaN(size(phrase))))
    .filter((unit) => unit.length > 0)
    .map((unit) => ({ unit, largest: Math.max(...unit.map(size)) }))
    .sort((a, b) => b.largest - a.largest);
  const shown: string[] = [];
  for (const { unit } of units) {
    if (shown.length === 0 && unit.length > most)
      return unit
        .toSorted((a, b) => size(b) - size(a))
        .slice(0, most)
        .sort((a, b) => unit.indexOf(a) - unit.indexOf(b));
    if (shown.length + unit.length <= most) shown.push(...unit);
  }
  return shown;
}

/** Says so in a caption where not all phrases are shown. */
export const shownOf = (shown: number, all: number, what = 'phrases'): string =>
  shown < all ? ` Shown are ${shown} of ${all} ${what}: those of the largest effects, groups whole.` : '';
