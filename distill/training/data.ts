import { UnderstudyError } from '../../env/error.ts';
import { type Observations, phrasesOf } from '../../env/observation.ts';
import { phraseSets } from '../../env/phrase-sets.ts';
import { sequence, shuffle } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { type NamedModel, namedModels } from '../../policies/models/catalog.ts';
import { packStates } from '../../policies/students/learned.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { type Labelled, whoLabelled } from '../../workspace/labelled.ts';
import type { LabelKind } from '../../workspace/labels.ts';

/** Share of the states that training does not see; of single choices, which say less each, a larger one. */
const VALIDATION_SHARE = { probabilities: 0.1, choices: 0.2 } as const;

/** A file of decisions, split by unit (by state if no row names one) into rows to fit and rows to know when to stop. */
export interface TrainingData {
  readonly file: string;
  readonly sha256: string;
  readonly observations: Observations;
  readonly probabilities: Float64Array;
  readonly kind: LabelKind;
  /** How much each row counts, shape [n]; absent if all count alike. */
  readonly weights?: Float64Array;
  /** Rows that are not independent have the same number, shape [n]: those of a unit, otherwise of a state. */
  readonly clusters: Uint32Array;
  readonly provenance: Provenance;
  readonly states: number;
  /** The states that have a label of the teacher, as a student's configuration keeps them (`packStates`). */
  readonly learned: string;
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** @throws {UnderstudyError} DISTILL_FILE for fewer than two different observations; UnderstudyError for a file that does not read */
export async function readTrainingData(
  file: string,
  scenario: Vocabulary,
  seed: number,
  log?: (line: string) => void,
): Promise<TrainingData> {
  const read = await readDecisions(file, scenario, { log });
  const { observations, probabilities, kind, weights, units, rows, sha256 } = read;
  const n = observations.masks.length;
  if (n === 0)
    throw new UnderstudyError('DISTILL_FILE', `${file} holds no decisions; \`understudy dataset\` makes some`);
  const states = new Set(observations.masks).size;
  if (states < 2)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `${file} holds ${n} ${n === 1 ? 'row' : 'rows'} of one observation; at least 2 observations are needed, one of them to validate on`,
    );
  const clusters = units ?? clustersOf(observations, kind);
  const split = splitByCluster(clusters, VALIDATION_SHARE[kind], seed);
  if (split.validation.length === 0)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `${file} holds rows of one unit only; at least 2 are needed, one of them to validate on`,
    );
  const teachers = rows.map((row) => {
    const { teacher } = row as { teacher?: unknown };
    return typeof teacher === 'string' ? teacher : undefined;
  });
  return {
    file,
    sha256,
    observations,
    probabilities,
    kind,
    ...(weights && { weights }),
    clusters,
    provenance: provenanceOf(teachers, whoLabelled(read, scenario)),
    // What a committee said of a state is not the teacher's answer: a test on that state is still a test.
    learned: packStates(
      rows.flatMap((row, i) => (row.elicitation === 'committee' ? [] : [phrasesOf(scenario, observations, i)])),
    ),
    states,
    train: split.train,
    validation: split.validation,
  };
}

/** With fewer states than this, a state that is held out is missed: there is nothing like it to learn from. */
const FEWEST_STATES = 50;

/**
 * What is held out together if nobody says whose rows they are: the rows of a state. Single choices between few alternatives
 * are draws of their own instead: to hold out one of four cells of a factorial design would test what no data could teach.
 */
function clustersOf(observations: Observations, kind: LabelKind): Uint32Array {
  const states = stateNumbers(observations);
  const few = kind === 'choices' && new Set(states).size < FEWEST_STATES;
  return few ? Uint32Array.from(states.keys()) : states;
}

/** By row a number of its state, the same whatever else was met before: from 0 on, in the order of `PhraseSets.compare`. */
export function stateNumbers({ width, masks }: Observations): Uint32Array {
  const states = [...new Set(masks)].sort(phraseSets(width).compare);
  const numbers = new Map(states.map((state, i) => [state, i]));
  return Uint32Array.from(masks, (mask) => numbers.get(mask)!);
}

/**
 * Row numbers for training and for validation, a share of the clusters each: all rows of one are on one side.
 * @param clusters by row the number of its state, in whatever order its phrases are shown, or of its unit
 * @returns both in the order of the file; validation is empty if there is only one cluster
 */
export function splitByCluster(
  clusters: Uint32Array,
  share: number,
  seed: number,
): { train: Int32Array; validation: Int32Array } {
  const all = [...new Set(clusters)].sort((a, b) => a - b);
  const held = all.length < 2 ? 0 : Math.min(all.length - 1, Math.max(1, Math.round(share * all.length)));
  const chosen = new Set(shuffle(Uint32Array.from(all), sequence(seed, 'validation')).subarray(0, held));
  const rows = Int32Array.from({ length: clusters.length }, (_, i) => i);
  return {
    train: rows.filter((i) => !chosen.has(clusters[i]!)),
    validation: rows.filter((i) => chosen.has(clusters[i]!)),
  };
}

/** Whose decisions a student has learned, and on what terms. */
interface Provenance {
  readonly id: string;
  readonly licence: string;
  readonly caveat?: string;
}

const own = 'MIT, like this project';
const gemma =
  "Gemma Terms of Use (https://ai.google.dev/gemma/terms). Gemma's terms count a model trained on its output as a derivative: pass them on with this file.";
const inTable = 'none known: the labels stand in a table; whoever made or owns it may have terms';
const unknown = 'unknown: the data do not say which model made the labels; its terms may bind this file';

/** Names of teachers by their terms; the first that matches an id counts. Gemma 4 is Apache-2.0. */
const terms: readonly (readonly [RegExp, string])[] = [
  [/^(tiny|oracle)(-[0-9a-f]{12})?$/, own],
  [/gemma[-_ ]?4(?!b)/i, 'Apache-2.0'],
  [/gemma/i, gemma],
];

/**
 * The provenance of a student from the teacher ids that its rows name.
 * @param ids one for each row; undefined where a row names none
 * @param labelled whose labels they are; default a teacher's, named or not
 */
export function provenanceOf(ids: readonly (string | undefined)[], labelled?: Labelled): Provenance {
  if (labelled === 'in a table') return { id: 'labels in a table', licence: inTable };
  const distinct = [...new Set(ids.map((id) => id ?? 'unknown'))];
  const licences = new Set(distinct.map((id) => terms.find(([name]) => name.test(id))?.[1] ?? unknown));
  // A teacher's id is its name and a hash.
  const named = ({ name }: NamedModel) => distinct.some((id) => id === name || id.startsWith(`${name}-`));
  const caveats = namedModels.filter((model) => model.caveat && named(model));
  return {
    id: distinct.join(', '),
    licence: [...licences].join('; '),
    ...(caveats.length > 0 && { caveat: caveats.map(({ caveat }) => caveat).join('; ') }),
  };
}
