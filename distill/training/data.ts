import { UnderstudyError } from '../../env/error.ts';
import { type Observations, phrasesOf } from '../../env/observation.ts';
import { phraseSets } from '../../env/phrase-sets.ts';
import { sequence, shuffle } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { type NamedModel, namedModels } from '../../policies/models/catalog.ts';
import { packStates } from '../../policies/students/learned.ts';
import { readDecisions } from '../../workspace/decisions.ts';

/** Share of the states that training does not see. */
const VALIDATION_SHARE = 0.1;

/** A file of decisions, split by state into rows to fit and rows to know when to stop. */
export interface TrainingData {
  readonly file: string;
  readonly sha256: string;
  readonly observations: Observations;
  readonly probabilities: Float64Array;
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
  const { observations, probabilities, rows, sha256 } = await readDecisions(file, scenario, { log });
  const n = observations.masks.length;
  if (n === 0)
    throw new UnderstudyError('DISTILL_FILE', `${file} holds no decisions; \`understudy dataset\` makes some`);
  const split = splitByState(observations, VALIDATION_SHARE, seed);
  if (split.states < 2)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `${file} holds ${n} ${n === 1 ? 'row' : 'rows'} of one observation; at least 2 observations are needed, one of them to validate on`,
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
    provenance: provenanceOf(teachers),
    // What a committee said of a state is not the teacher's answer: a test on that state is still a test.
    learned: packStates(
      rows.flatMap((row, i) => (row.elicitation === 'committee' ? [] : [phrasesOf(scenario, observations, i)])),
    ),
    ...split,
  };
}

/**
 * Row numbers for training and for validation, a share of the states each: all rows of a state, in whatever order
 * its phrases are shown, are on one side.
 * @returns both in the order of the file; validation is empty if there is only one state
 */
export function splitByState(
  batch: Observations,
  share: number,
  seed: number,
): { train: Int32Array; validation: Int32Array; states: number } {
  const states = [...new Set(batch.masks)].sort(phraseSets(batch.width).compare);
  const held = states.length < 2 ? 0 : Math.min(states.length - 1, Math.max(1, Math.round(share * states.length)));
  const chosen = new Set(shuffle(Uint32Array.from(states), sequence(seed, 'validation')).subarray(0, held));
  const rows = Int32Array.from({ length: batch.masks.length }, (_, i) => i);
  return {
    train: rows.filter((i) => !chosen.has(batch.masks[i]!)),
    validation: rows.filter((i) => chosen.has(batch.masks[i]!)),
    states: states.length,
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
 */
export function provenanceOf(ids: readonly (string | undefined)[]): Provenance {
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
