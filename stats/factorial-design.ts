/** One thing that varies in a balanced design. */
export interface Factor {
  readonly name: string;
  /** How many levels there are in each level of the factors that it is nested in; two or more. */
  readonly levels: number;
  /**
   * Names of the factors that it is nested in: its levels are other ones in each of theirs. Default: crossed with all.
   */
  readonly nestedIn?: readonly string[];
}

/** A source of variance: what its factors do together beyond what fewer of them do. */
export interface Effect {
  /** "prompt × paraphrase"; nested in something "order:prompt", "(order × paraphrase):prompt". */
  readonly name: string;
  /** The factors of the effect, as a bitmask over the design's factors. */
  readonly factors: number;
  /** Factors of the effect that no other one of them is nested in: the effect sums to 0 over each of these. */
  readonly primary: number;
  readonly df: number;
  /** Observations in each cell of the effect. */
  readonly perCell: number;
}

/**
 * The effects of a balanced random-effects design: one for each set of factors that, with a factor, holds all that the
 * factor is nested in. Brennan, "Generalizability Theory", 2001, section 3.2 (effects) and 3.3 (degrees of freedom).
 * @throws {RangeError} for fewer than two levels, a name that comes twice, or nesting in something unknown or in itself
 * @returns from single factors to the last one, which holds all
 * @example effectsOf([{ name: 'p', levels: 10 }, { name: 'i', levels: 4 }]).map(({ name }) => name) // => ['p', 'i', 'p × i']
 */
export function effectsOf(factors: readonly Factor[]): Effect[] {
  const nests = nestingOf(factors);
  const all = 2 ** factors.length - 1;
  const members = (set: number) => factors.filter((_, f) => set & (1 << f));
  const product = (set: number, of: (levels: number) => number) =>
    members(set).reduce((result, { levels }) => result * of(levels), 1);
  const effects: Effect[] = [];
  for (let set = 1; set <= all; set++) {
    const inside = nests.filter((_, f) => set & (1 << f));
    if (inside.some((nest) => (nest & set) !== nest)) continue;
    const nesting = inside.reduce((union, nest) => union | nest, 0);
    const primary = set & ~nesting;
    effects.push({
      name: nameOf(members(primary), members(nesting)),
      factors: set,
      primary,
      df: product(primary, (n) => n - 1) * product(nesting, (n) => n),
      perCell: product(all & ~set, (n) => n),
    });
  }
  return effects.sort((a, b) => members(a.factors).length - members(b.factors).length || a.factors - b.factors);
}

/** For each factor the set of those that it is nested in, through others too. */
function nestingOf(factors: readonly Factor[]): number[] {
  const names = factors.map(({ name }) => name);
  const twice = names.find((name, f) => names.indexOf(name) !== f);
  if (twice !== undefined) throw new RangeError(`a design has two factors named ${twice}`);
  const nests = factors.map(({ name, levels, nestedIn = [] }) => {
    if (!Number.isInteger(levels) || levels < 2)
      throw new RangeError(`variance of ${name}: two levels or more vary, got ${levels}`);
    return nestedIn.reduce((set, outer) => {
      const place = names.indexOf(outer);
      if (place < 0 || outer === name)
        throw new RangeError(`${name} is nested in ${outer} (factors: ${names.join(', ')})`);
      return set | (1 << place);
    }, 0);
  });
  for (const _ of factors)
    for (const [f, nest] of nests.entries())
      nests[f] = nests.reduce((union, outer, place) => (nest & (1 << place) ? union | outer : union), nest);
  const circular = nests.findIndex((nest, f) => nest & (1 << f));
  if (circular >= 0) throw new RangeError(`${names[circular]} is nested in itself`);
  return nests;
}

function nameOf(primary: readonly Factor[], nesting: readonly Factor[]): string {
  const joined = (factors: readonly Factor[]) => factors.map(({ name }) => name).join(' × ');
  const grouped = (factors: readonly Factor[]) => (factors.length > 1 ? `(${joined(factors)})` : joined(factors));
  return nesting.length === 0 ? joined(primary) : `${grouped(primary)}:${grouped(nesting)}`;
}
