import { type Observations, observations, phrasesOf } from '../../env/observation.ts';
import { sequence, trainingParts } from '../../env/random.ts';
import { states } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { Architecture } from '../../policies/students/architecture.ts';
import { mean } from '../../stats/moments.ts';
import type { LabelledState } from '../inquiry.ts';
import type { Tensorflow } from '../training/backend.ts';
import { splitByCluster, stateNumbers } from '../training/data.ts';
import { batchesOf, disposeBatch, Examples } from '../training/examples.ts';
import { fitNetwork } from '../training/fit.ts';
import { labelledRows, type Values } from '../training/fit-job.ts';
import { Network } from '../training/network.ts';
import { type Loss, type Objective, objectiveOf } from '../training/objective.ts';
import { architectureOf, settingsOf } from '../training/settings.ts';

export interface CommitteeOptions {
  readonly tf: Tensorflow;
  readonly observations: Observations;
  /** Row-major [n, k]. */
  readonly probabilities: Float64Array;
  readonly members: number;
  readonly loss: Loss;
  readonly seed: number;
  /** Maximum number of epochs for each member; default: as many as the rows need. */
  readonly epochs?: number;
  readonly signal?: AbortSignal;
  readonly onMember?: (fitted: number) => void;
}

/** Share of the states that a member does not learn from, another for each, to know when to stop. */
const HELD = 0.1;
/** Hidden layers of a member: two choose as well as three, in two thirds of the time. */
const LAYERS = 2;
const ROWS = 256;

/** MLPs that learned the same rows from different starts, each of them stopped by other rows. */
export class Committee {
  readonly #tf: Tensorflow;
  readonly #architecture: Architecture;
  readonly #objective: Objective;
  readonly #network: Network;
  readonly #members: readonly Values[];

  private constructor(
    tf: Tensorflow,
    architecture: Architecture,
    objective: Objective,
    network: Network,
    members: readonly Values[],
  ) {
    this.#tf = tf;
    this.#architecture = architecture;
    this.#objective = objective;
    this.#network = network;
    this.#members = members;
  }

  /** @throws {UnderstudyError} as `train` does for rows from which nothing can be learned */
  static async fit(options: CommitteeOptions): Promise<Committee> {
    const { tf, observations, probabilities, members, loss, seed, signal } = options;
    const n = observations.masks.length;
    const k = probabilities.length / n;
    const architecture = architectureOf('mlp', observations.width, { layers: LAYERS });
    const objective = objectiveOf(loss, probabilities, k);
    const network = new Network(tf, architecture, objective);
    const random = sequence(seed, 'training', trainingParts.committee);
    const fitted: Values[] = [];
    for (let member = 0; member < members; member++) {
      const own = Math.floor(random() * 2 ** 32);
      const { train, validation } = splitByCluster(stateNumbers(observations), HELD, own);
      const job = {
        name: `member ${member + 1} of the committee`,
        architecture,
        objective,
        rows: labelledRows(observations, probabilities, objective),
        train,
        validation,
        settings: settingsOf('mlp', objective.loss, train.length, { epochs: options.epochs, refit: false }),
        traits: 0,
        seed: own,
        substream: trainingParts.committee,
      };
      const { best } = await fitNetwork(tf, job, { signal });
      fitted.push(best.values);
      options.onMember?.(member + 1);
    }
    return new Committee(tf, architecture, objective, network, fitted);
  }

  /** What each member says: shape [members], each row-major [n, k]. */
  async decide(observations: Observations, k: number, signal?: AbortSignal): Promise<Float64Array[]> {
    const n = observations.masks.length;
    const { columns } = this.#objective;
    const unlabelled = { probabilities: new Float64Array(n * k), targets: new Float32Array(n * columns), columns };
    const asked = new Examples(this.#architecture, { observations, ...unlabelled });
    const answers: Float64Array[] = [];
    for (const values of this.#members) {
      const answer = new Float64Array(n * k);
      for (const rows of batchesOf(asked.all(), ROWS)) {
        signal?.throwIfAborted();
        const batch = asked.batch(this.#tf, rows);
        const { probabilities } = await this.#network.evaluate(values, batch);
        disposeBatch(this.#tf, batch);
        answer.set(probabilities, rows[0]! * k);
      }
      answers.push(answer);
    }
    return answers;
  }
}

/**
 * Rows of every state of a scenario: the teacher's own where it was asked, the average of a committee elsewhere, which
 * `elicitation: committee` says of them. One student that learns them all does nearly as well as the committee:
 * Hinton, Vinyals & Dean, "Distilling the knowledge in a neural network", 2015.
 */
export async function committeeRows(
  scenario: Vocabulary,
  committee: Committee,
  known: readonly LabelledState[],
  signal?: AbortSignal,
): Promise<object[]> {
  const k = scenario.actions.length;
  const all = observations(scenario, states(scenario));
  const asked = new Map(known.map(({ mask, row }) => [mask, row]));
  const answers = await committee.decide(all, k, signal);
  const { teacher, seed } = known[0]!.row;
  return Array.from(all.masks, (mask, i) => {
    const own = asked.get(mask);
    if (own) return own;
    const averages = scenario.actions.map((_, a) => rounded(mean(answers.map((answer) => answer[i * k + a]!))));
    return {
      ...phrasesOf(scenario, all, i),
      probability_LLM: averages[1]!,
      ...(k > 2 && { probabilities: averages }),
      scenario: scenario.id,
      teacher,
      elicitation: 'committee',
      members: answers.length,
      seed,
    };
  });
}

/** As the rows of a data set. */
const rounded = (value: number): number => Number(value.toFixed(6));
