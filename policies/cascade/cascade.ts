import { UnderstudyError } from '../../env/error.ts';
import { type Observations, requireWidth } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { hasDynamics } from '../../env/vocabulary.ts';
import { totalVariation } from '../../stats/distributions.ts';
import { hashOf } from '../../workspace/hash.ts';
import { AskedOnce } from '../asked-once.ts';
import type { DecideOptions, Decisions, Outcome, Policy } from '../policy.ts';
import { observationsMet } from './met.ts';
import { averageOf, conformalBand, FEWEST_RESIDUALS, type Residual, spreadOf, type Unsure } from './unsure.ts';

export interface CascadeOptions {
  /** One or more; several decide by the mean of their probabilities. */
  readonly students: readonly Policy[];
  readonly teacher: Policy;
  /** Observations that the teacher is asked about, at most. */
  readonly questions?: number;
  /** How unsure a decision has to be for the teacher to be asked. */
  readonly above?: number;
  /** The teacher's answers to observations that the student was not fitted to, if there are any. */
  readonly heldOut?: readonly { readonly mask: number; readonly probabilities: ArrayLike<number> }[];
}

/** Moves when the same name would ask about other observations. */
const FORM = 1;
/** Share of the questions by which a single student without held-out labels learns where it errs; and how many without a limit. */
const [CALIBRATING, CALIBRATING_QUESTIONS] = [0.25, 100];

/**
 * A policy that asks its teacher where its students are unsure, and decides by them elsewhere. Whom an observation goes to depends on
 * the observation alone, not on what was asked before: the observations that the questions are spent on are fixed before the
 * first, as those in which an unsure decision is made most often (how unsure it is, times how often it is met), or all in
 * which it is unsure enough. Several students are unsure where they differ, a single one where its band is wide.
 * @throws {UnderstudyError} POLICY_ARGUMENT for too few questions, or a limit in a vocabulary without dynamics
 */
export function cascade(scenario: Vocabulary, options: CascadeOptions): Policy {
  return new Cascade(scenario, options);
}

class Cascade implements Policy {
  readonly id: string;
  readonly scenario: string;
  readonly caveat: string;
  readonly #world: Vocabulary;
  readonly #options: CascadeOptions;
  readonly #students: readonly AskedOnce[];
  readonly #average: AskedOnce;
  readonly #teacher: AskedOnce;
  /** Whether it asks its teacher first, to know where its student errs. */
  readonly #calibrates: boolean;
  #asks: Promise<(mask: number) => boolean> | undefined;
  #disposed = false;

  constructor(scenario: Vocabulary, options: CascadeOptions) {
    const { students, teacher, questions, above } = options;
    const wrong = (what: string) => new UnderstudyError('POLICY_ARGUMENT', `a cascade ${what}`);
    if (students.length === 0) throw wrong('has a student or more');
    if (questions === undefined && above === undefined) throw wrong('needs a limit of questions, or of sureness');
    if (questions !== undefined && !hasDynamics(scenario))
      throw wrong(
        `has a limit of questions, and ${scenario.id} does not say how often each observation is met: name how unsure a decision has to be (above=0.05)`,
      );
    const calibrates = students.length === 1 && (options.heldOut?.length ?? 0) < FEWEST_RESIDUALS;
    if (calibrates && questions !== undefined && questions * CALIBRATING < FEWEST_RESIDUALS)
      throw wrong(
        `of one student needs ${FEWEST_RESIDUALS / CALIBRATING} questions or more to learn where it errs, got ${questions}; name several students (mlp+encoder), or more questions`,
      );
    if (calibrates && !hasDynamics(scenario))
      throw wrong(
        `of one student needs labels that it was not fitted to, and ${scenario.id} has no dynamics to draw any from`,
      );
    const heldOut = (students.length === 1 ? (options.heldOut ?? []) : []).map(({ mask, probabilities }) => [
      scenario.sets.indices(mask),
      Array.from(probabilities),
    ]);
    const facts = { form: FORM, students: students.map(({ id }) => id), teacher: teacher.id, heldOut };
    this.#calibrates = calibrates;
    this.id = `cascade-${hashOf({ ...facts, questions: questions ?? null, above: above ?? null }).slice(0, 12)}`;
    this.scenario = scenario.id;
    this.#world = scenario;
    this.#options = options;
    this.#students = students.map((student) => AskedOnce.of(scenario, student));
    this.#average = new AskedOnce(scenario, this.#averaged());
    this.#teacher = AskedOnce.of(scenario, teacher);
    const limit = [
      ...(questions === undefined ? [] : [`at most ${questions} observations`]),
      ...(above === undefined ? [] : [`observations in which it is unsure by more than ${above}`]),
    ].join(', of ');
    this.caveat = `${students.map(({ id }) => id).join(' and ')} decides, and asks ${teacher.id} about ${limit}`;
  }

  async decide(batch: Observations, options: DecideOptions = {}): Promise<Decisions> {
    if (this.#disposed) throw new UnderstudyError('POLICY_DISPOSED', `${this.id} is disposed; open it again`);
    requireWidth(this.#world, batch);
    options.signal?.throwIfAborted();
    const asks = await this.#plan(options);
    // How unsure several are is known once they have answered.
    if (this.#students.length > 1)
      for (const student of this.#students) await student.learn(batch.masks, signalOf(options));
    const k = this.#world.actions.length;
    const n = batch.masks.length;
    const probabilities = new Float64Array(n * k);
    const outcomes = new Array<Outcome>(n).fill('missing');
    const rows = Array.from(batch.masks, (mask, i) => ({ i, asked: asks(mask) }));
    let before = 0;
    for (const asked of [false, true]) {
      const own = rows.filter((row) => row.asked === asked).map(({ i }) => i);
      if (own.length === 0) continue;
      const { width, masks, orders } = batch;
      const part: Observations = {
        width,
        masks: Uint32Array.from(own, (i) => masks[i]!),
        ...(orders && { orders: own.map((i) => orders[i]) }),
      };
      // In an order of its own a question is another one: what is known is of the order in which phrases stand.
      const [known, asking] = asked ? [this.#teacher, this.#teacher.policy] : [this.#average, this.#average.policy];
      const given = orders ? asking : known;
      const decisions = await given.decide(part, {
        ...signalOf(options),
        onProgress: (done) => options.onProgress?.(before + done, n),
      });
      before += own.length;
      own.forEach((i, r) => {
        probabilities.set(decisions.probabilities.subarray(r * k, (r + 1) * k), i * k);
        outcomes[i] = decisions.outcomes[r]!;
      });
    }
    options.onProgress?.(n, n);
    return { probabilities, outcomes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const policy of [...this.#students, this.#teacher]) await policy[Symbol.asyncDispose]();
  }

  /** The students' mean. */
  #averaged(): Policy {
    const students = this.#options.students;
    if (students.length === 1) return students[0]!;
    const k = this.#world.actions.length;
    return {
      ...{ id: `${this.id} without its teacher`, scenario: this.scenario },
      decide: async (batch, options) => {
        const all: Decisions[] = [];
        for (const student of students) all.push(await student.decide(batch, options));
        const probabilities = new Float64Array(batch.masks.length * k);
        const outcomes = Array.from(batch.masks, (_, i) => {
          const rows = all.map((one) => one.probabilities.subarray(i * k, (i + 1) * k));
          probabilities.set(averageOf(rows), i * k);
          return all.find((one) => one.outcomes[i] !== 'ok')?.outcomes[i] ?? 'ok';
        });
        return { probabilities, outcomes };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  /** Which observations go to the teacher: worked out once, again if that was broken off. */
  #plan(options: DecideOptions): Promise<(mask: number) => boolean> {
    this.#asks ??= this.#planned(options).catch((error) => {
      this.#asks = undefined;
      throw error;
    });
    return this.#asks;
  }

  async #planned(options: DecideOptions): Promise<(mask: number) => boolean> {
    const { questions, above = 0 } = this.#options;
    const world = this.#world;
    const work = signalOf(options);
    const needed = questions !== undefined || this.#calibrates;
    const met =
      needed && hasDynamics(world) ? await observationsMet(world, this.#average, work) : new Map<number, number>();
    const { unsure, known } = await this.#unsure(met, work);
    if (questions === undefined) {
      const remembered = new Map<number, boolean>();
      return (mask) => {
        let asked = remembered.get(mask);
        if (asked === undefined) remembered.set(mask, (asked = known.has(mask) || unsure(mask) > above));
        return asked;
      };
    }
    const left = [...met]
      .filter(([mask]) => !known.has(mask))
      .map(([mask, count]) => ({ mask, unsure: unsure(mask), count }))
      .filter((one) => one.unsure > above)
      .sort((a, b) => b.unsure * b.count - a.unsure * a.count || world.sets.compare(a.mask, b.mask))
      .slice(0, Math.max(0, questions - known.size));
    const asked = new Set([...known, ...left.map(({ mask }) => mask)]);
    return (mask) => asked.has(mask);
  }

  /** How unsure decisions are, and the observations that the teacher was asked about to know that. */
  async #unsure(
    met: ReadonlyMap<number, number>,
    work: DecideOptions,
  ): Promise<{ unsure: Unsure; known: Set<number> }> {
    const world = this.#world;
    if (this.#students.length > 1) {
      // The occupied observations are known by now; another is asked about when it comes up, below.
      for (const student of this.#students) await student.learn(met.keys(), work);
      const spread = (mask: number) => {
        const rows = this.#students.map((student) => student.probabilities(mask));
        return rows.every((row) => row !== undefined) ? spreadOf(rows as Float64Array[]) : 0;
      };
      return { unsure: spread, known: new Set() };
    }
    const { heldOut = [] } = this.#options;
    if (heldOut.length >= FEWEST_RESIDUALS) {
      await this.#average.learn(
        heldOut.map(({ mask }) => mask),
        work,
      );
      const residuals = heldOut.flatMap(({ mask, probabilities }): Residual[] => {
        const own = this.#average.outcome(mask) === 'ok' ? this.#average.probabilities(mask)! : undefined;
        return own ? [{ mask, residual: totalVariation(probabilities, own) }] : [];
      });
      return { unsure: conformalBand(world, residuals), known: new Set() };
    }
    const { questions } = this.#options;
    const masks = drawnFrom(
      world,
      met,
      questions === undefined ? CALIBRATING_QUESTIONS : Math.floor(CALIBRATING * questions),
    );
    await this.#teacher.learn(masks, work);
    const residuals = masks.flatMap((mask): Residual[] => {
      if (this.#teacher.outcome(mask) !== 'ok' || this.#average.outcome(mask) !== 'ok') return [];
      return [
        { mask, residual: totalVariation(this.#teacher.probabilities(mask)!, this.#average.probabilities(mask)!) },
      ];
    });
    if (residuals.length < FEWEST_RESIDUALS)
      throw new UnderstudyError(
        'POLICY_ARGUMENT',
        `${this.#teacher.id} answered ${residuals.length} of ${masks.length} questions by which the cascade was to learn where its student errs`,
      );
    return { unsure: conformalBand(world, residuals), known: new Set(masks) };
  }
}

/** Distinct observations, drawn as often as they are met: the same ones for the same counts. */
function drawnFrom({ sets }: Pick<Scenario, 'sets'>, met: ReadonlyMap<number, number>, n: number): number[] {
  const random = sequence(0, 'cascade');
  // Efraimidis & Spirakis 2006: the largest of u^(1/weight), in an order that depends on nothing but the observations.
  return [...met]
    .sort(([a], [b]) => sets.compare(a, b))
    .map(([mask, count]) => ({ mask, key: Math.log(random()) / count }))
    .sort((a, b) => b.key - a.key || sets.compare(a.mask, b.mask))
    .slice(0, n)
    .map(({ mask }) => mask);
}

const signalOf = ({ signal }: DecideOptions): DecideOptions => (signal ? { signal } : {});
