import { brokenBy } from './observation.ts';
import type { Scenario } from './scenario.ts';
import { decodeAgent, encodeAgent, look, observe, type StateSpace, setTraits, stateSpace } from './state-space.ts';
import { decodeWorld, encodeWorld, forEachOutcome, movingTables, representatives, seeingTables } from './successors.ts';

/** What any policy can bring about. */
export interface Reachability {
  /** Joint states of the world, one agent and the traits that matter to its moves. */
  readonly states: number;
  /** The nearest state in which phrases hold that conflict, or not exactly one of a group. */
  readonly violation?: {
    /** `"hot" and "cold" conflict, but hold together`. */
    readonly problem: string;
    /** From a first state to the violation, in words; the action that leads on stands after each state. */
    readonly path: readonly string[];
  };
}

/**
 * Searches, breadth first, every joint state that some policy can reach with positive probability, and checks that
 * no observation there breaks a declared conflict or group.
 * @param visit called once for each state, which the slots `now` and traits of `values` hold; without it, the search
 *   ends with the first conflict
 */
export function reachability(
  scenario: Scenario,
  visit?: (space: StateSpace, values: Int32Array, mask: number) => void,
): Reachability {
  let violation: Reachability['violation'];
  const space = stateSpace(scenario);
  const classes = representatives(scenario, [...movingTables(scenario), ...seeingTables(scenario)]);
  const values = new Int32Array(space.slots);
  const contextual = (phrase: number) => phrase >= scenario.traits.length;
  const rules = {
    sets: scenario.sets,
    conflicts: scenario.conflicts.filter(([a]) => contextual(a)),
    groups: scenario.groups.filter(({ kind }) => kind === 'contexts'),
  };
  /** State → how it was first reached; the key is (world, agent state, trait class) in mixed radix. */
  const cameFrom = new Map<number, { from: number; action: number } | undefined>();
  const queue: number[] = [];
  const key = (traitClass: number) =>
    (encodeWorld(space, values, space.worldNext) * space.agentStates + encodeAgent(space, values, space.agentNext)) *
      classes.length +
    traitClass;
  const load = (state: number): number => {
    const traitClass = state % classes.length;
    const joint = Math.floor(state / classes.length);
    decodeAgent(space, values, space.agentNow, joint % space.agentStates);
    decodeWorld(space, values, space.worldNow, Math.floor(joint / space.agentStates));
    setTraits(space, values, classes[traitClass]!);
    return traitClass;
  };
  const reach = (state: number, cause?: { from: number; action: number }) => {
    if (cameFrom.has(state)) return;
    cameFrom.set(state, cause);
    queue.push(state);
  };

  classes.forEach((set, traitClass) => {
    setTraits(space, values, set);
    forEachOutcome(space.world, 'start', values, space.worldNext, () =>
      forEachOutcome(space.agent, 'start', values, space.agentNext, () => reach(key(traitClass))),
    );
  });
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head]!;
    const traitClass = load(state);
    const mask = observe(space, values);
    visit?.(space, values, mask);
    const broken = violation ? undefined : problemOf(scenario, rules, mask);
    if (broken) {
      violation = {
        problem: broken,
        path: pathTo(state, cameFrom).map(({ at, action }) => {
          load(at);
          const shown = describeState(space, values);
          return action === undefined ? shown : `${shown}, then ${scenario.actions[action]}`;
        }),
      };
      if (!visit) break;
      load(state);
    }
    for (let action = 0; action < scenario.actions.length; action++) {
      if (!look(space.allowed[action]!, values)) continue;
      values[space.action] = action;
      forEachOutcome(space.world, 'next', values, space.worldNext, () =>
        forEachOutcome(space.agent, 'next', values, space.agentNext, () =>
          reach(key(traitClass), { from: state, action }),
        ),
      );
    }
  }
  return { states: cameFrom.size, ...(violation && { violation }) };
}

/** What a set of phrases breaks, in words. */
function problemOf(
  scenario: Scenario,
  rules: Pick<Scenario, 'sets' | 'conflicts' | 'groups'>,
  mask: number,
): string | undefined {
  const broken = brokenBy(rules, mask);
  if (broken)
    return `${broken.map((phrase) => `"${scenario.phrases[phrase]}"`).join(' and ')} conflict, but hold together`;
  const open = rules.groups.find(({ phrases }) => !phrases.some((phrase) => rules.sets.holds(mask, phrase)));
  return open && `no phrase of the group ${open.name} holds`;
}

/** States from the first to `state`, each with the action that led on from it. */
function pathTo(
  state: number,
  cameFrom: ReadonlyMap<number, { from: number; action: number } | undefined>,
): { at: number; action?: number }[] {
  const path: { at: number; action?: number }[] = [{ at: state }];
  for (let cause = cameFrom.get(state); cause; cause = cameFrom.get(cause.from))
    path.unshift({ at: cause.from, action: cause.action });
  return path;
}

function describeState(space: StateSpace, values: Int32Array): string {
  const words = [
    ...space.world.map(({ factor }, i) => `${factor.name}: ${factor.levels[values[space.worldNow + i]!]}`),
    ...space.agent.map(({ factor }, i) => `${factor.name}: ${factor.levels[values[space.agentNow + i]!]}`),
  ];
  const seen = space.scenario.sets.indices(observe(space, values)).map((i) => space.scenario.phrases[i]!);
  return `{${words.join(', ')}} seen as "${seen.join(', ')}"`;
}
