import { levelOnStage } from '../../env/on-stage.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type Selection, wordsOf } from '../../sim/engine/selection.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { Ready } from './cast.ts';
import { frames, type Look, lookAt } from './look.ts';

/** Who decides in a tick: for everybody, or for everybody but a canary's agents. */
export interface Deciders {
  readonly member: Ready;
  readonly canary?: { readonly member: Ready; readonly only: Selection; readonly agents: number };
}

/** A run at the tick that somebody looks at: the present, or one that was. */
export interface View {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly run: number;
  readonly seed: number;
  /** Who knows whom, if that is not the scenario's to say. */
  readonly network?: NetworkChoice | undefined;
  readonly shown: Shown;
  /** The trait sets of the people of the run. */
  readonly traitSets: Uint32Array;
  /** Whether the tick on show is over, so that nobody is asked about it any more. */
  readonly past: boolean;
  /** Levels of an agent's own factors in the tick on show, in words. */
  stateOf(agent: number): Record<string, string>;
}

/** The tick on show: the population as it decided, and once the tick is played also what it did. */
export interface Shown extends Look {
  readonly played: boolean;
  readonly actions?: Uint8Array;
  /** Who decided, a canary's agents excepted; and for one of all agents. */
  readonly decidedBy?: Ready;
  readonly deciderOf?: (agent: number) => Ready;
  /** Who decided for a canary's agents, and for whom, in words. */
  readonly canary?: { readonly member: Ready; readonly who: string };
  /** P of an action at a row of `distinct`, as it was decided then; NaN if there was none. */
  readonly probability?: (row: number, action: number) => number;
  /** performance.now() when it came. */
  readonly at: number;
  frame(form: { key: boolean; traitSets: boolean }): Uint8Array;
}

/**
 * The population at a tick.
 * @param played the tick that has just been played: the population before it, who decided, and what had no answer then if
 *   it has one now; otherwise the coming one
 */
export function showAt(
  simulation: Simulation,
  run: number,
  played?: {
    readonly before: Look;
    readonly deciders: Deciders;
    readonly unanswered?: readonly (ReadonlySet<number> | undefined)[];
  },
): Shown {
  const look = played?.before ?? lookAt(simulation);
  const actions = played && simulation.actions;
  const { tick, world, crowd, places, observed, distinct, arms, traitSets } = look;
  const canary = played?.deciders.canary;
  const members = played && [played.deciders.member, played.deciders.canary?.member ?? played.deciders.member];
  const armOf = (row: number) => arms?.[row] ?? 0;
  const acted = actions && { actions, probability: answersThen(look, members!, played.unanswered) };
  return {
    ...{ tick, world, crowd, places, observed, distinct, traitSets },
    ...(arms && { arms }),
    ...{ played: played !== undefined, actions, decidedBy: played?.deciders.member, at: performance.now() },
    ...(canary && { canary: { member: canary.member, who: wordsOf(canary.only) } }),
    ...(members && { deciderOf: (agent: number) => members[armOf(observed[agent]!)]! }),
    ...(acted && { probability: acted.probability }),
    frame: frames(simulation.scenario, { run, traitSetCount: simulation.traitSets.length }, look, acted),
    get masks() {
      return look.masks;
    },
    get codes() {
      return look.codes;
    },
  };
}

/** What the policies answered, without what they answered only later. */
const answersThen =
  (
    { distinct, arms }: Look,
    members: readonly Ready[],
    unanswered: readonly (ReadonlySet<number> | undefined)[] = [],
  ): NonNullable<Shown['probability']> =>
  (row, action) => {
    const [mask, arm] = [distinct[row]!, arms?.[row] ?? 0];
    return unanswered[arm]?.has(mask) ? Number.NaN : members[arm]!.policy.probability(mask, action);
  };

/** Levels of the agent factors in a joint code, in words. */
export const stateInWords = (simulation: Simulation, code: number): Record<string, string> =>
  Object.fromEntries(
    simulation.scenario.agent.map(({ name, levels }) => [
      name,
      levelOnStage(simulation.scenario, name, levels[simulation.levelOf(code, name)]!),
    ]),
  );
