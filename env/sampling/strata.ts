import { sequence, shuffle } from '../random.ts';
import { crosses, type Part, type Parts, partsOf, unionOf } from './parts.ts';
import type { StateWords } from './states.ts';

/** Draws in a row that find nothing new after which a stratum counts as used up. */
const TRIES = 200;

/**
 * States in seeded order, each once, stratified by size as `samplingOrder` has them, without listing any: in each round
 * one state of every stratum (number of traits × number of contexts), strata in random order. Within a stratum every
 * state is equally likely: how many phrases each part has is drawn by the number of ways in which the others make up the
 * rest (the recursive method of Nijenhuis & Wilf, "Combinatorial algorithms", 1978).
 * A stratum in which 200 draws in a row conflict or are known already counts as used up.
 */
export function* drawnByStratum(vocabulary: StateWords, seed: number): Generator<number> {
  const random = sequence(seed, 'sampling');
  const parts = partsOf(vocabulary);
  const [traits, contexts] = [parts.traits, parts.contexts].map((some) => new SizedParts(vocabulary, some)) as [
    SizedParts,
    SizedParts,
  ];
  let strata = traits.sizes.flatMap((t) => contexts.sizes.map((c) => [t, c] as const));
  const drawn = new Set<number>();
  while (strata.length > 0) {
    const used = new Set<readonly [number, number]>();
    for (const stratum of shuffle([...strata], random)) {
      const state = fresh(vocabulary, parts, drawn, () => [
        ...traits.draw(stratum[0], random),
        ...contexts.draw(stratum[1], random),
      ]);
      if (state === undefined) used.add(stratum);
      else yield state;
    }
    if (used.size > 0) strata = strata.filter((stratum) => !used.has(stratum));
  }
}

/** A state that has not been drawn, and is noted as drawn; undefined where none is found. */
function fresh(
  vocabulary: StateWords,
  parts: Parts,
  drawn: Set<number>,
  draw: () => readonly number[],
): number | undefined {
  for (let tried = 0; tried < TRIES; tried++) {
    const state = unionOf(vocabulary, draw());
    if (drawn.has(state) || crosses(vocabulary, parts, state)) continue;
    drawn.add(state);
    return state;
  }
  return undefined;
}

/** Parts whose union is drawn with a given number of phrases. */
class SizedParts {
  /** For each part: its sets by their number of phrases. */
  readonly #bySize: readonly ReadonlyMap<number, readonly number[]>[];
  /** Shape [parts + 1][sizes]: probability that the parts from here on have so many phrases, if all sets are equally likely. */
  readonly #rest: readonly Float64Array[];

  constructor({ sets }: StateWords, parts: readonly Part[]) {
    this.#bySize = parts.map((part) => {
      const bySize = new Map<number, number[]>();
      for (const set of part.sets) {
        const size = sets.size(set);
        const same = bySize.get(size);
        if (same) same.push(set);
        else bySize.set(size, [set]);
      }
      return bySize;
    });
    const rest = [Float64Array.of(1)];
    for (let p = parts.length - 1; p >= 0; p--) {
      const after = rest[0]!;
      const largest = Math.max(...this.#bySize[p]!.keys());
      const here = new Float64Array(after.length + largest);
      for (const [size, { length }] of this.#bySize[p]!)
        after.forEach((share, s) => {
          here[s + size]! += (share * length) / parts[p]!.sets.length;
        });
      rest.unshift(here);
    }
    this.#rest = rest;
  }

  /** Numbers of phrases that there can be, ascending. */
  get sizes(): number[] {
    return [...this.#rest[0]!.keys()].filter((size) => this.#rest[0]![size]! > 0);
  }

  /** A set of each part, `size` phrases together. */
  draw(size: number, random: () => number): number[] {
    let left = size;
    return this.#bySize.map((bySize, p) => {
      const after = this.#rest[p + 1]!;
      const ways = [...bySize].map(([own, { length }]) => [own, length * (after[left - own] ?? 0)] as const);
      let point = random() * ways.reduce((sum, [, way]) => sum + way, 0);
      const possible = ways.filter(([, way]) => way > 0);
      const chosen = possible.find(([, way]) => (point -= way) < 0) ?? possible.at(-1)!;
      left -= chosen[0];
      const same = bySize.get(chosen[0])!;
      return same[Math.floor(random() * same.length)]!;
    });
  }
}
