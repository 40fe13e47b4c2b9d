import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';

/** What may change an answer beside what is asked about. */
export const facets = ['seed', 'temperature', 'order', 'paraphrase', 'batch'] as const;
export type Facet = (typeof facets)[number];

/** The facets that a crossed design can have as factors, orders first as they are nested in prompts; seeds repeat it. */
export const crossable = ['order', 'paraphrase', 'temperature', 'batch'] as const;
export type Crossable = (typeof crossable)[number];

/** What of a study's options decides what is asked. */
export interface DesignOptions {
  /** Different observations, two or more. */
  readonly prompts: number;
  /** How often each is asked, two or more. */
  readonly runs: number;
  /** 0 asks greedily: then the study is a determinism check. */
  readonly temperature: number;
  /** Default true: explanations are compared too, where they are asked for without making a facet dearer. */
  readonly explain?: boolean;
  /** What is varied, each alone; default the seed. The seed is always asked, as everything is held against it. */
  readonly facets?: readonly Facet[] | 'all';
  /** Default false: whether the facets are crossed too, to tell their shares of the variance apart. */
  readonly crossed?: boolean;
  /** Seeds in each cell of the crossed design, two or more; default 2. */
  readonly replications?: number;
  /** Levels of the temperature, two or more different ones; default .3, .7, 1. */
  readonly temperatures?: readonly number[];
  /** Orders in which each prompt's phrases are shown, two or more; default 3: the canonical one and two shuffles. */
  readonly orders?: number;
  /** Levels of the batch size, two or more different ones; default 1, 8, 32. */
  readonly batches?: readonly number[];
  readonly seed: number;
}

/** The same with every default filled in. */
export interface Design {
  readonly scenario: Vocabulary;
  readonly runs: number;
  readonly temperature: number;
  readonly explain: boolean;
  readonly seed: number;
  readonly facets: readonly Facet[];
  readonly temperatures: readonly number[];
  readonly orders: number;
  readonly batches: readonly number[];
  /** Seeds in each cell of the crossed design; undefined: none is made. */
  readonly replications: number | undefined;
}

/** Fills in the defaults. @throws {UnderstudyError} DISTILL_ARGUMENT for a level that cannot be, or too few to compare */
export function designOf(
  options: DesignOptions & { readonly batch?: unknown },
  scenario: Vocabulary,
  log: WorkOptions['log'],
): Design {
  const { prompts, runs, temperature, explain = true, seed, crossed = false, orders = 3, replications = 2 } = options;
  const { temperatures = [0.3, 0.7, 1], batches = [1, 8, 32] } = options;
  const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);
  for (const [name, value] of Object.entries({ prompts, runs }))
    if (!Number.isInteger(value) || value < 2) throw wrong(`a stability study has 2 ${name} or more, got ${value}`);
  for (const [name, value] of Object.entries({ orders, replications }))
    if (!Number.isInteger(value) || value < 2) throw wrong(`2 ${name} or more can be compared, got ${value}`);
  for (const [name, levels] of Object.entries({ temperatures, batches }))
    if (new Set(levels).size < 2 || new Set(levels).size < levels.length)
      throw wrong(`2 different ${name} or more can be compared, got ${levels.join(', ') || 'none'}`);
  for (const value of [temperature, ...temperatures])
    if (!(value >= 0)) throw wrong(`a temperature is 0 or more, got ${value}`);
  for (const value of batches)
    if (!Number.isInteger(value) || value < 1) throw wrong(`a batch is an integer of 1 or more, got ${value}`);

  const given: readonly Facet[] = options.facets === 'all' ? facets : (options.facets ?? ['seed']);
  const unknown = given.find((facet) => !facets.includes(facet));
  if (unknown !== undefined) throw wrong(`unknown facet: ${unknown} (known: ${facets.join(', ')})`);
  const single = given.includes('paraphrase') && scenario.prompt.paraphrases.length < 2;
  if (single && options.facets !== 'all')
    throw wrong(`${scenario.id} has one wording of its prompt; leave the facet paraphrase out, or add a wording`);
  if (single) log?.(`${scenario.id} has one wording of its prompt: the facet paraphrase is left out`);
  const batched = Boolean(options.batch) && given.includes('batch');
  if (batched && options.facets !== 'all')
    throw wrong('what is asked in batches is asked together: leave the facet batch out, or do not ask in batches');
  if (batched) log?.('what is asked in batches is asked together: the facet batch is left out');
  return {
    scenario,
    runs,
    temperature,
    explain,
    seed,
    facets: facets.filter(
      (facet) => given.includes(facet) && !(single && facet === 'paraphrase') && !(batched && facet === 'batch'),
    ),
    temperatures,
    orders,
    batches,
    replications: crossed ? replications : undefined,
  };
}
