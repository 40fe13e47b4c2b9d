import { wordingFacets } from '../../env/sampling/wordings.ts';
import { fSurvival } from '../../stats/f-distribution.ts';
import { facetShares, type ObservedFacet } from '../../stats/facet-shares.ts';
import { mean, standardDeviation } from '../../stats/moments.ts';
import { signTest, wilcoxonSignedRank } from '../../stats/paired-ranks.ts';
import { pairedTest } from '../../stats/paired-test.ts';
import { leastSignFlipP, neededFor, signFlipPower } from '../../stats/sign-flip-power.ts';
import type { AuditReport } from '../../workspace/audits.ts';
import type { Direction } from './claim.ts';
import type { Contrasted } from './contrast.ts';
import { type Specification, wayOf } from './specifications.ts';

/** A specification with what it came to, or why it came to nothing. */
export interface Estimated {
  readonly specification: Specification;
  readonly contrasted?: Contrasted;
  /** Mean over replications of b − a. */
  readonly estimate?: number;
  readonly failure?: string;
}

type Whole = Estimated & { readonly contrasted: Contrasted; readonly estimate: number };
const isWhole = (one: Estimated): one is Whole => one.estimate !== undefined;

/** Chance that an effect is to be found with, when it is said how many wordings that takes. */
const POWER = 0.9;

const powers = new Map<number, Pick<AuditReport['power'], 'atOneShift' | 'needed'>>();

/** How often so many wordings find an effect as large as their spread; the same for every audit. */
function powerOf(n: number): Pick<AuditReport['power'], 'atOneShift' | 'needed'> {
  const known = powers.get(n);
  if (known) return known;
  const atOneShift = n >= 1 ? signFlipPower(n, 1, { seed: 0 }) : 0;
  const needed = atOneShift >= POWER ? null : (neededFor(POWER, 1, { seed: 0 }) ?? null);
  powers.set(n, { atOneShift, needed });
  return { atOneShift, needed };
}

export const goesAgainst = (estimate: number, expect: Direction): boolean =>
  expect === 'more' ? estimate < 0 : estimate > 0;

/** What the specifications of a claim say together. */
export function analyse(
  all: readonly Estimated[],
  { expect, seed }: { readonly expect: Direction; readonly seed: number },
): Pick<
  AuditReport,
  'range' | 'against' | 'estimate' | 'facets' | 'wordingShare' | 'togetherShare' | 'power' | 'overPersonas' | 'luck'
> {
  const whole = all.filter(isWhole);
  const estimates = whole.map(({ estimate }) => estimate).sort((a, b) => a - b);
  const worded = whole.filter(({ specification }) => specification.wording !== undefined);
  const { units, leftOut } = wordingUnits(
    all.filter(({ specification }) => specification.wording !== undefined),
    worded,
  );
  const shares = sharesOf(worded);
  const wordings = [...units.values()].map((rows) => mean(rows.map(({ estimate }) => estimate)));
  const n = wordings.length;
  const test = n >= 2 ? pairedTest(wordings, wordings.map(() => 1), { seed }) : undefined; // biome-ignore format: one line
  return {
    range: {
      lower: estimates[0] ?? Number.NaN,
      upper: estimates.at(-1) ?? Number.NaN,
      median: estimates.length > 0 ? (estimates[(estimates.length - 1) >> 1]! + estimates[estimates.length >> 1]!) / 2 : Number.NaN, // biome-ignore format: one line
    },
    against: estimates.filter((estimate) => goesAgainst(estimate, expect)).length,
    estimate: test
      ? {
          mean: test.value,
          interval: test.interval(0.05),
          ...{ p: test.p, exact: test.exact, sd: standardDeviation(wordings), wordings: n, leftOut },
          ...{ effectiveWordings: shares.effectiveUnits, pOfLevels: pOfLevels(wordings, shares) },
        }
      : null,
    facets: facetsOf(whole, shares.facets, expect),
    wordingShare: shares.units,
    togetherShare: shares.together,
    power: { wordings: n, leastP: leastSignFlipP(n), ...powerOf(n) },
    overPersonas: overPersonas([...units.values()].flat()),
    luck: luckOf(worded.length > 0 ? worded : whole),
  };
}

/** P-value of the mean over wordings if levels of facets are a sample too: a t test whose error has as few degrees as they have. */
function pOfLevels(
  wordings: readonly number[],
  { effectiveUnits, degrees }: { effectiveUnits: number; degrees: number },
) {
  const n = wordings.length;
  const variance = (standardDeviation(wordings) ** 2 * (n - 1)) / n;
  const centre = mean(wordings);
  if (variance === 0 || effectiveUnits <= 1) return centre === 0 ? 1 : 0;
  return fSurvival((centre ** 2 * (effectiveUnits - 1)) / variance, 1, Math.max(1, degrees));
}

/**
 * The wordings that every way of asking has an estimate for. A way without any estimate is no way; a wording that lacks one
 * of the others would be compared in other ways than the rest.
 */
function wordingUnits(all: readonly Estimated[], worded: readonly Whole[]) {
  const ways = new Set(worded.map(({ specification }) => wayOf(specification)));
  const units = new Map<string, Whole[]>();
  for (const one of worded) units.set(unitOf(one), [...(units.get(unitOf(one)) ?? []), one]);
  const asked = new Set(all.map(unitOf)).size;
  for (const [unit, rows] of units) if (rows.length < ways.size) units.delete(unit);
  return { units, leftOut: asked - units.size };
}

const unitOf = ({ specification: { wording } }: Estimated): string =>
  wordingFacets.map((facet) => wording![facet]).join(' ');

/** The levels of everything in which specifications differ. */
const facetLevels: Readonly<Record<string, (specification: Specification) => string>> = {
  'who decides': ({ policy }) => policy,
  elicitation: ({ elicit }) => elicit ?? 'none',
  temperature: ({ temperature }) => (temperature === undefined ? 'none' : String(temperature)),
  ...Object.fromEntries(
    wordingFacets.map((facet) => [facet, ({ wording }: Specification) => String(wording?.[facet] ?? 'none')]),
  ),
};

const isOfWording = (facet: string) => (wordingFacets as readonly string[]).includes(facet);

function sharesOf(worded: readonly Whole[]) {
  if (worded.length < 2)
    return { facets: {} as Record<string, number>, units: 0, together: 0, effectiveUnits: worded.length, degrees: 0 };
  const facets = Object.entries(facetLevels).map(
    ([name, levelOf]): ObservedFacet => ({
      name,
      levels: worded.map(({ specification }) => levelOf(specification)),
      ofUnit: isOfWording(name),
    }),
  );
  return facetShares(
    worded.map(({ estimate }) => estimate),
    facets,
    worded.map(unitOf),
  );
}

/** Facets that have several levels, the one that moves the estimate most first. */
function facetsOf(
  whole: readonly Whole[],
  shares: Readonly<Record<string, number>>,
  expect: Direction,
): AuditReport['facets'] {
  return Object.entries(facetLevels)
    .flatMap(([facet, levelOf]) => {
      const levels = new Map<string, number[]>();
      for (const { specification, estimate } of whole) {
        // A policy without wordings is a level of who decides, and of nothing else.
        if (specification.wording === undefined && facet !== 'who decides') continue;
        const level = levelOf(specification);
        levels.set(level, [...(levels.get(level) ?? []), estimate]);
      }
      if (levels.size < 2) return [];
      return [
        {
          facet,
          share: shares[facet] ?? 0,
          levels: inOrder([...levels]).map(([level, values]) => ({
            ...{ level, mean: mean(values), specifications: values.length },
            against: values.filter((value) => goesAgainst(value, expect)).length,
          })),
        },
      ];
    })
    .sort((a, b) => b.share - a.share);
}

/** Levels that are numbers ascend; others stay in the order in which they were first met. */
const inOrder = (levels: [string, number[]][]): [string, number[]][] =>
  levels.every(([level]) => Number.isFinite(Number(level))) ? levels.sort(([a], [b]) => Number(a) - Number(b)) : levels;

/** What tests over persons say of the mean difference of each kind of person over all specifications. */
function overPersonas(rows: readonly Whole[]): AuditReport['overPersonas'] {
  const differences = new Map<number, { sum: number; count: number }>();
  for (const { contrasted } of rows)
    for (const [kind, difference] of contrasted.personas ?? []) {
      const own = differences.get(kind) ?? { sum: 0, count: 0 };
      own.sum += difference;
      own.count++;
      differences.set(kind, own);
    }
  if (differences.size === 0) return null;
  const means = [...differences.values()].map(({ sum, count }) => sum / count);
  return { personas: means.length, sign: signTest(means), wilcoxon: wilcoxonSignedRank(means) };
}

/** Standard error of the mean estimate over replications, which all specifications share. */
function luckOf(rows: readonly Whole[]): number | null {
  const replications = rows[0]?.contrasted.a.length ?? 0;
  if (replications < 2) return null;
  const each = Array.from({ length: replications }, (_, r) =>
    mean(rows.map(({ contrasted: { a, b } }) => b[r]! - a[r]!)),
  );
  return standardDeviation(each) / Math.sqrt(replications);
}
