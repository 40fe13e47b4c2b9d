import type { AskedOnce } from '../../policies/asked-once.ts';
import type { Point } from '../protocol/runs.ts';
import { type Cast, type Member, messageOf, type Ready } from './cast.ts';

/** Distinct observations of one tick, how many agents make each, and who is compared with the teacher. */
interface Compared {
  readonly tick: number;
  readonly masks: Uint32Array;
  readonly counts: Float64Array;
  readonly student?: Ready;
  gap: number | null;
  bounds: [number, number] | null;
  /** Share of the agents whose observation the teacher knows. */
  coverage: number;
  /** Everybody's answers are counted: nothing can change any more. */
  settled: boolean;
}

export interface ComparisonOptions {
  readonly cast: Cast;
  readonly actions: number;
  /** The last tick's comparison is on its way, or these ticks' numbers have become better known. */
  readonly onChange: (ticks: readonly number[]) => void;
}

/** How long the comparison lets answers gather before it counts them. */
const RECOUNT_MS = 300;

/**
 * Mean over agents of |teacher − student| in each tick: ½ Σ_a |P_teacher(a | s) − P_student(a | s)|, which for two
 * actions is the difference of their probabilities. The student answers at once. The teacher is asked in the
 * background, the commonest observations of the latest tick first, and is never asked anything twice; until then the
 * mean is over the agents whose observations it knows, and coverage says what share of agents they are. The commonest
 * observations are no random sample of all, so that no sampling interval is given: the bounds hold whatever the teacher
 * would say to the others, between c·gap and c·gap + (1 − c) at a coverage c.
 */
export class Comparison {
  readonly #options: ComparisonOptions;
  #compared: Compared[] = [];
  #student?: Ready;
  #wanted = true;
  #held = false;
  #closed = false;
  #interrupt = new AbortController();
  #progress?: { done: number; of: number };
  #recounted = 0;
  #resume: () => void = () => {};
  readonly #loop: Promise<void>;

  constructor(options: ComparisonOptions) {
    this.#options = options;
    const { first, teacher } = options.cast;
    if (first !== teacher) this.#student = options.cast.ready(first.name);
    this.#loop = this.#askTeacher();
  }

  /** How far the background questions about the latest tick are; absent while none is asked. */
  get asking(): { done: number; of: number } | undefined {
    return this.#progress;
  }

  /** Who is compared with the teacher. */
  get student(): Ready | undefined {
    return this.#student;
  }

  get on(): boolean {
    return this.#wanted;
  }

  set on(on: boolean) {
    this.#wanted = on;
    this.#changed();
  }

  /** While the teacher decides itself, the background keeps quiet. */
  hold(held: boolean): void {
    this.#held = held;
    this.#changed();
  }

  /** Something is told that is no tick's. */
  tell(): void {
    this.#options.onChange([]);
  }

  /** Something that the background waits for may have come: a policy has opened, a tick is on show. */
  nudge(): void {
    this.#resume();
  }

  /** Others decide from now on in place of some: what was counted of the ticks before stays as it is. */
  renew(members: ReadonlyMap<Member, Member>): void {
    if (members.size === 0) return;
    for (const entry of this.#compared) if (entry) entry.settled = true;
    const student = this.#student && members.get(this.#student);
    if (student) this.#student = student as Ready;
    this.#changed();
  }

  clear(): void {
    this.#compared = [];
  }

  /**
   * A tick was decided. The student in charge is compared; otherwise the one that was in charge last, otherwise the
   * first.
   */
  async add(tick: { tick: number; masks: Uint32Array; counts: Float64Array; decidedBy: Ready }): Promise<void> {
    const { cast } = this.#options;
    if (tick.decidedBy !== cast.teacher) this.#student = tick.decidedBy;
    this.#student ??= cast.members.find((member) => member !== cast.teacher && member.policy) as Member & {
      policy: AskedOnce;
    };
    const student = this.#student;
    const entry: Compared = { ...tick, student, gap: null, bounds: null, coverage: 0, settled: false };
    this.#count(entry);
    this.#compared[tick.tick] = entry;
    try {
      await student?.policy.learn(tick.masks);
    } catch (error) {
      student!.problem = messageOf(error);
    }
    this.#count(entry);
    this.#resume();
  }

  at(tick: number): Pick<Point, 'gap' | 'gapBounds' | 'coverage' | 'student'> {
    const entry = this.#compared[tick];
    return {
      gap: entry?.gap ?? null,
      gapBounds: entry?.bounds ?? null,
      coverage: entry?.coverage ?? 0,
      student: entry?.student?.name ?? null,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#changed();
    await this.#loop;
  }

  #changed(): void {
    this.#interrupt.abort(new DOMException('the comparison was interrupted', 'AbortError'));
    this.#resume();
  }

  /** Counts a tick with what the teacher knows now; true if that has changed it. */
  #count(entry: Compared): boolean {
    const teacher = this.#options.cast.teacher.policy;
    const student = entry.student?.policy;
    if (!teacher || !student || entry.settled) return false;
    let [agents, known, both, sum] = [0, 0, 0, 0];
    entry.masks.forEach((mask, i) => {
      const count = entry.counts[i]!;
      agents += count;
      if (teacher.outcome(mask) !== 'ok') return;
      known += count;
      if (student.outcome(mask) !== 'ok') return;
      both += count;
      let distance = 0;
      for (let a = 0; a < this.#options.actions; a++)
        distance += Math.abs(teacher.probability(mask, a) - student.probability(mask, a)) / 2;
      sum += count * distance;
    });
    const before = [entry.coverage, entry.gap];
    entry.coverage = known / agents;
    entry.gap = both > 0 ? Math.min(1, sum / both) : null;
    // Each agent that is not compared may be anything from 0 to 1 apart.
    entry.bounds = [Math.min(1, sum / agents), Math.min(1, (sum + agents - both) / agents)];
    entry.settled = both === agents;
    return before[0] !== entry.coverage || before[1] !== entry.gap;
  }

  #recount(): void {
    this.#recounted = performance.now();
    const changed = this.#compared.filter((entry) => entry && this.#count(entry)).map(({ tick }) => tick);
    this.#options.onChange(changed);
  }

  async #askTeacher(): Promise<void> {
    while (!this.#closed) {
      const { teacher } = this.#options.cast;
      const next = this.#wanted && !this.#held ? this.#nextQuestions() : [];
      if (next.length === 0) {
        if (this.#progress) {
          this.#progress = undefined;
          this.#recount();
        }
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
        continue;
      }
      this.#interrupt = new AbortController();
      try {
        await teacher.policy!.learn(next, { signal: this.#interrupt.signal });
        teacher.problem = undefined;
      } catch (error) {
        if (!this.#interrupt.signal.aborted) {
          // The viewer decides whether it is worth another try.
          teacher.problem = messageOf(error);
          this.#wanted = false;
        }
      }
      if (performance.now() - this.#recounted > RECOUNT_MS) this.#recount();
    }
  }

  /** What the teacher does not know yet of the latest tick, commonest first. */
  #nextQuestions(): number[] {
    const latest = this.#compared.at(-1);
    const policy = this.#options.cast.teacher.policy;
    if (!latest || !policy) return [];
    const open = new Set(policy.unknown(latest.masks));
    if (open.size === 0) return [];
    this.#progress = { done: latest.masks.length - open.size, of: latest.masks.length };
    return [...latest.masks.keys()]
      .filter((i) => open.has(latest.masks[i]!))
      .sort((a, b) => latest.counts[b]! - latest.counts[a]!)
      .slice(0, 16)
      .map((i) => latest.masks[i]!);
  }
}
