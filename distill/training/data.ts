import { UnderstudyError } from '../../env/error.ts';
import type { Observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import { splitByState } from './split.ts';

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
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** @throws {UnderstudyError} DISTILL_FILE for fewer than two different observations; UnderstudyError for a file that does not read */
export async function readTrainingData(
  file: string,
  scenario: Scenario,
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
    ...split,
  };
}
