import { UnderstudyError } from '../../env/error.ts';
import { sequence } from '../../env/random.ts';
import { type Crossable, crossable, type Design, type Facet, facets } from './design.ts';
import { type Asked, answering, keyOf, type Reading, type Setting } from './interview.ts';

/** The levels of a facet, everything else at its reference. */
export interface FacetPlan {
  readonly facet: Facet;
  readonly asked: Asked;
  /** An answer at a level is the mean over its settings. */
  readonly levels: readonly { readonly name: string; readonly settings: readonly Setting[] }[];
}

/** Every combination of the levels of several facets, each with a number of seeds of its own. */
export interface CrossedPlan {
  readonly factors: readonly { readonly facet: Crossable; readonly levels: number }[];
  readonly replications: number;
  /** The last factor's levels next to each other, and the seeds of a cell within them. */
  readonly settings: readonly Setting[];
}

export interface Plan {
  readonly seed: FacetPlan;
  /** One reading of each prompt's decision; undefined where the teacher has none to read. */
  readonly reading: Setting | undefined;
  /** The facets asked for beside the seed. */
  readonly alone: readonly FacetPlan[];
  readonly crossed: CrossedPlan | undefined;
}

/** All prompts in canonical order and in the standard wording. */
const REFERENCE = { order: 0, paraphrase: 0 } as const;
export const readingBy = (elicit: Reading): Setting => ({ ...REFERENCE, elicit });

/**
 * What a study asks. Each facet alone is asked so that its effect shows without the noise of the seed where that can
 * be:
 *
 * | facet | asked |
 * |---|---|
 * | seed | as often as there are runs, at the study's temperature |
 * | temperature | as often at each level, with the same seeds; at 0 once, greedily |
 * | order, paraphrase | a reading if the teacher has one; otherwise as the seed facet, with its seeds |
 * | batch | a reading likewise; otherwise one answer for each level with one seed, which should be the same answer |
 *
 * The crossed design is always sampled, with other seeds in every cell: equal seeds would repeat a draw where only the
 * temperature or the batch differs, and repetitions have to be independent.
 * @param reading how decisions can be read without drawing; undefined if they cannot
 */
export function planOf(design: Design, reading: Reading | undefined): Plan {
  const { runs, temperature, explain, seed } = design;
  const drawn = runSeeds(seed, runs);
  const runsAt = (level: number, settings: Partial<Setting>): Setting[] =>
    Array.from({ length: level === 0 ? 1 : runs }, (_, run) => ({
      ...REFERENCE,
      explain,
      ...settings,
      ...answering(level, drawn[run]!, run),
    }));
  const sampled = temperature === 0 ? 'greedy' : 'sample';
  const alone = design.facets.flatMap((facet): FacetPlan[] => {
    if (facet === 'seed') return [];
    const levels = levelsOf(design, facet);
    // The temperature shows in draws only; where explanations are not compared they are not asked for.
    const asked = facet === 'temperature' ? 'sample' : (reading ?? sampled);
    return [
      {
        facet,
        asked,
        levels: levels.map(({ name, setting }) => {
          const { temperature: level = temperature, ...rest } = setting;
          const told = explain && (facet === 'temperature' ? level === temperature : facet !== 'batch');
          const settings =
            reading !== undefined && asked === reading
              ? [{ ...readingBy(reading), ...rest }]
              : runsAt(level, { ...rest, explain: told });
          return { name, settings: facet === 'batch' ? settings.slice(0, 1) : settings };
        }),
      },
    ];
  });
  return {
    seed: {
      facet: 'seed',
      asked: sampled,
      levels: drawn.map((runSeed, run) => ({
        name: temperature === 0 ? `repeat ${run}` : String(runSeed),
        settings: [{ ...REFERENCE, explain, ...answering(temperature, runSeed, run) }],
      })),
    },
    reading: reading && readingBy(reading),
    alone,
    crossed: design.replications === undefined ? undefined : crossedPlan(design, design.replications),
  };
}

function crossedPlan(design: Design, replications: number): CrossedPlan {
  const crossedFacets = crossable.filter((facet) => design.facets.includes(facet));
  if (crossedFacets.length === 0)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `a crossed design needs a facet beside the seed (known: ${facets.join(', ')})`,
    );
  const random = sequence(design.seed, 'crossedSeeds');
  const levels = crossedFacets.map((facet) => levelsOf(design, facet));
  const cells = levels.reduce<Partial<Setting>[]>(
    (combined, of) => combined.flatMap((cell) => of.map(({ setting }) => ({ ...cell, ...setting }))),
    [{}],
  );
  return {
    factors: crossedFacets.map((facet, f) => ({ facet, levels: levels[f]!.length })),
    replications,
    settings: cells.flatMap(({ temperature = design.temperature, ...cell }) =>
      Array.from({ length: replications }, (_, repeat) => ({
        ...REFERENCE,
        ...cell,
        ...answering(temperature, Math.floor(random() * 2 ** 32), repeat),
      })),
    ),
  };
}

function levelsOf(
  { scenario, temperatures, orders, batches }: Pick<Design, 'scenario' | 'temperatures' | 'orders' | 'batches'>,
  facet: Crossable,
): { name: string; setting: Partial<Setting> }[] {
  switch (facet) {
    case 'temperature':
      return temperatures.map((temperature) => ({ name: String(temperature), setting: { temperature } }));
    case 'order':
      return Array.from({ length: orders }, (_, order) => ({
        name: order === 0 ? 'canonical' : `shuffle ${order}`,
        setting: { order },
      }));
    case 'paraphrase':
      return scenario.prompt.paraphrases.map((_, paraphrase) => ({
        name: String(paraphrase),
        setting: { paraphrase },
      }));
    case 'batch':
      return batches.map((batch) => ({ name: String(batch), setting: { batch } }));
  }
}

/** A seed for each run, so that studies of neighbouring seeds share no run. */
export function runSeeds(seed: number, runs: number): number[] {
  const random = sequence(seed, 'runSeeds');
  return Array.from({ length: runs }, () => Math.floor(random() * 2 ** 32));
}

/** How many different settings each part of a plan adds to the parts before it. */
export function costOf({
  seed,
  reading,
  alone,
  crossed,
}: Plan): { readonly part: string; readonly settings: number }[] {
  const known = new Set<string>();
  const added = (part: string, settings: readonly Setting[]) => {
    const before = known.size;
    for (const setting of settings) known.add(keyOf(setting));
    return { part, settings: known.size - before };
  };
  return [
    added('seed', settingsOf(seed)),
    added(reading?.elicit === 'choice' ? 'one choice' : 'one reading of the distribution', reading ? [reading] : []),
    ...alone.map((plan) => added(plan.facet, settingsOf(plan))),
    added('crossed', crossed?.settings ?? []),
  ].filter(({ settings }) => settings > 0);
}

export const settingsOf = ({ levels }: FacetPlan): Setting[] => levels.flatMap(({ settings }) => settings);
