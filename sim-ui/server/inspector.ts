import { observations, phrasesOf } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import type { Answer } from '../../policies/policy.ts';
import type { Inspection } from '../protocol/agents.ts';
import { clamp } from '../protocol/values.ts';
import type { Verdict } from '../protocol/verdicts.ts';
import { heardOf } from './answers.ts';
import { type Cast, type Member, messageOf } from './cast.ts';
import type { LiveRun } from './live-run.ts';
import type { View } from './shown.ts';

/** What the teacher said when it was asked why, by observation; shared by all who look. */
export class Explanations {
  readonly #cast: Cast;
  readonly #run: LiveRun;
  readonly #answers = new Map<number, Promise<Answer>>();
  readonly #settled = new Map<number, Answer>();

  constructor(cast: Cast, run: LiveRun) {
    this.#cast = cast;
    this.#run = run;
  }

  /** The teacher is another one from now on. */
  clear(): void {
    this.#answers.clear();
    this.#settled.clear();
  }

  known(mask: number): Answer | undefined {
    return this.#settled.get(mask);
  }

  /** Asks greedily with an explanation; a question that failed may be asked again. */
  ask(mask: number): Promise<Answer> {
    const asked = this.#answers.get(mask);
    if (asked) return asked;
    const asking = this.#cast.teacher
      .teacher!.ask(observations(this.#run.scenario, [mask]), { elicit: 'greedy', explain: true })
      .then(([answer]) => {
        this.#settled.set(mask, answer!);
        return answer!;
      })
      .catch((error: unknown) => {
        this.#answers.delete(mask);
        throw error;
      });
    this.#answers.set(mask, asking);
    return asking;
  }
}

/**
 * One agent as one viewer looks at it, tick by tick. What is known is there at once; what is not arrives as it is
 * found out. While a question is with the teacher, no other is asked for this viewer, so a fast clock and a slow
 * teacher do not pile up.
 */
export class Inspector {
  readonly #cast: Cast;
  readonly #view: () => View;
  readonly #explanations: Explanations;
  readonly #onChange: () => void;
  /** Whether language models may be asked for this viewer: that costs time or money. */
  readonly #mayAsk: boolean;
  #agent: number | null = null;
  #busy = false;
  /** What went wrong with the last question about a mask. */
  #failure?: { readonly mask: number; readonly reason: string };

  /** @param view what the viewer looks at */
  constructor(
    cast: Cast,
    view: () => View,
    explanations: Explanations,
    { control, onChange }: { control: boolean; onChange: () => void },
  ) {
    this.#cast = cast;
    this.#view = view;
    this.#explanations = explanations;
    this.#onChange = onChange;
    this.#mayAsk = control;
  }

  get #run(): View {
    return this.#view();
  }

  /** @throws {RangeError} if there is no such agent */
  look(agent: number | null): void {
    if (agent !== null && agent >= this.#run.agents)
      throw new RangeError(`unknown agent: ${agent} (agents 0 to ${this.#run.agents - 1})`);
    this.#agent = agent;
    this.#failure = undefined;
    this.refresh();
  }

  /** Finds out what is not known about the agent in the tick on show; of one that is over nothing is asked. */
  refresh(): void {
    this.#onChange();
    if (this.#agent === null || this.#busy || this.#run.past) return;
    const mask = this.#run.shown.masks[this.#agent]!;
    if (this.#failure?.mask === mask) return;
    this.#busy = true;
    this.#findOut(mask)
      .catch((error: unknown) => {
        this.#failure = { mask, reason: messageOf(error) };
      })
      .then((asked) => {
        this.#busy = false;
        // The agent has moved on meanwhile: look again.
        const moved = this.#agent !== null && this.#run.shown.masks[this.#agent] !== mask;
        if (moved) this.refresh();
        else if (asked !== false) this.#onChange();
      });
  }

  get inspection(): Inspection | null {
    // Another run may have fewer agents.
    if (this.#agent === null || this.#agent >= this.#run.agents) return null;
    const run = this.#run;
    const cast = this.#cast;
    const agent = this.#agent;
    const { shown, scenario } = run;
    const mask = shown.masks[agent]!;
    const batch = observations(scenario, [mask]);
    const { traits, context } = phrasesOf(scenario, batch, 0);
    const explained = this.#explanations.known(mask);
    const failed = this.#failure?.mask === mask ? this.#failure.reason : cast.teacher.problem;
    const open =
      cast.teacher.state === 'failed' || this.#failure?.mask === mask
        ? 'failed'
        : this.#busy && this.#asks(cast.teacher)
          ? 'asking'
          : 'unasked';
    return {
      agent,
      tick: shown.tick,
      traits: [...traits],
      context: [...context],
      state: run.stateOf(agent),
      ...(shown.actions && { action: scenario.actions[shown.actions[agent]!]! }),
      ...(shown.decidedBy && { decidedBy: shown.deciderOf!(agent).name }),
      prompt: promptOf(scenario, batch, 0),
      teacher: this.#verdict(cast.teacher, agent, open, failed),
      explanation: explained
        ? {
            state: explained.outcome === 'ok' ? 'known' : 'failed',
            ...(explained.explanation !== undefined && { text: explained.explanation }),
            ...(explained.probabilities && { probabilities: Array.from(explained.probabilities, clamp) }),
            ...(explained.outcome !== 'ok' && { reason: explained.reason ?? explained.outcome }),
            heard: heardOf(explained),
          }
        : { state: open, ...(open === 'failed' && failed && { reason: failed }) },
      others: cast.members
        .filter((member) => member !== cast.teacher && member.state !== 'failed')
        .map((member) => this.#verdict(member, agent, this.#asks(member) ? 'asking' : 'unasked')),
    };
  }

  /** Whether a member is asked for this viewer. */
  #asks(member: Member): boolean {
    return !this.#run.past && (this.#mayAsk || !member.costly);
  }

  #verdict(member: Member, agent: number, open: Verdict['state'], reason?: string): Verdict {
    const { name } = member;
    const { past, shown } = this.#run;
    // In another world policies were opened anew; who decided then still knows what it answered.
    const mask = shown.masks[agent]!;
    const decidedBy = past ? shown.deciderOf?.(agent) : undefined;
    const policy = decidedBy?.name === name ? decidedBy.policy : member.policy;
    const outcome = policy?.outcome(mask);
    if (outcome === undefined) return { name, state: open, ...(open === 'failed' && reason && { reason }) };
    const heard = member.heard?.of(mask);
    const answer = heard && { heard };
    return outcome === 'ok'
      ? { name, state: 'known', probabilities: Array.from(policy!.probabilities(mask)!, clamp), ...answer }
      : { name, state: 'failed', reason: heard?.reason ?? outcome, ...answer };
  }

  /** The students first, since they answer at once; then the teacher's probability, then its reasons. */
  async #findOut(mask: number): Promise<boolean> {
    const cast = this.#cast;
    const explanations = this.#explanations;
    const unknown = (member: Member) => member.policy && member.policy.outcome(mask) === undefined;
    let asked = false;
    const others = cast.members.filter((member) => member !== cast.teacher && this.#asks(member) && unknown(member));
    await Promise.all(
      others.map(async (member) => {
        asked = true;
        try {
          await member.policy!.learn([mask]);
        } catch (error) {
          member.problem = messageOf(error);
        }
      }),
    );
    if (asked) this.#onChange();
    if (!this.#asks(cast.teacher)) return asked;
    if (unknown(cast.teacher)) {
      asked = true;
      await cast.teacher.policy!.learn([mask]);
      this.#onChange();
    }
    if (cast.teacher.teacher && !explanations.known(mask)) {
      asked = true;
      await explanations.ask(mask);
    }
    return asked;
  }
}
