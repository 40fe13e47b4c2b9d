import type { CrowdLookup } from './crowd-slots.ts';
import { brokenBy } from './observation.ts';
import type { Scenario } from './scenario.ts';
import { decodeAgent, encodeAgent, look, observe, type StateSpace, setTraits, stateSpace } from './state-space.ts';
import { decodeWorld, encodeWorld, forEachOutcome, movingTables, representatives, seeingTables } from './successors.ts';
import type { Table } from './table.ts';

/** What any policy can bring about. */
export interface Reachability {
  /**
   * Crowd factors that something reads. What a crowd or neighbours do cannot be proved, so each of their levels is taken to be possible
   * at any time: the search may reach more than any run. Absent if there are none.
   */
  readonly crowd?: readonly string[];
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
 * no observation there breaks a declared conflict or group. Every level of a crowd factor is tried in every state.
 * @param visit called once for each state and each level of the crowd that is seen there, which the slots `now` and traits
 *   of `values` hold; without it, the search ends with the first conflict
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
  const reads = (tables: readonly Table<unknown>[], prime = '') =>
    space.crowd.filter(({ factor: { name } }) => tables.some(({ parents }) => parents.includes(name + prime)));
  const moving = [...scenario.world, ...scenario.agent].map(({ next }) => next);
  const seen = reads(seeingTables(scenario));
  /** What decides where one can go from a state. */
  const felt = reads([...scenario.allowed, ...moving]);
  /** Whether it decides more than what is allowed. */
  const feltByLaws = reads(moving).length > 0;
  const ahead = reads([...moving, ...scenario.agent.map(({ start }) => start)], "'");
  const crowd = space.crowd.filter((one) => [seen, felt, ahead].some((some) => some.includes(one)));
  /** State → how it was first reached; the key is (world, agent state, trait class) in mixed radix. */
  const cameFrom = new Map<number, Cause | undefined>();
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
  const reach = (state: number, cause?: Cause) => {
    if (cameFrom.has(state)) return;
    cameFrom.set(state, cause);
    queue.push(state);
  };

  classes.forEach((set, traitClass) => {
    setTraits(space, values, set);
    forEachOutcome(space.world, 'start', values, space.worldNext, () =>
      forEachCrowd(ahead, 'next', values, () =>
        forEachOutcome(space.agent, 'start', values, space.agentNext, () => reach(key(traitClass))),
      ),
    );
  });
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head]!;
    const traitClass = load(state);
    forEachCrowd(seen, 'now', values, () => {
      const mask = observe(space, values);
      visit?.(space, values, mask);
      const broken = violation ? undefined : problemOf(scenario, rules, mask);
      if (!broken) return;
      const here = readCrowd(seen, values);
      const told = (at: number, written: readonly CrowdLookup[], levels: Int32Array): string => {
        load(at);
        // Crowd factors that did not matter there may have been at any level: the first.
        writeCrowd(crowd, values, new Int32Array(crowd.length));
        writeCrowd(written, values, levels);
        return describeState(space, values, [...new Set([...seen, ...written])]);
      };
      violation = {
        problem: broken,
        path: [
          ...pathTo(state, cameFrom).map(
            ({ from, action, levels }) => `${told(from, felt, levels)}, then ${scenario.actions[action]}`,
          ),
          told(state, seen, here),
        ],
      };
      load(state);
      writeCrowd(seen, values, here);
    });
    if (violation && !visit) break;
    /** Actions that lead on alike whatever the crowd is. */
    const taken = new Set<number>();
    forEachCrowd(felt, 'now', values, () => {
      const levels = readCrowd(felt, values);
      for (let action = 0; action < scenario.actions.length; action++) {
        if (taken.has(action) || !look(space.allowed[action]!, values)) continue;
        if (!feltByLaws) taken.add(action);
        values[space.action] = action;
        forEachOutcome(space.world, 'next', values, space.worldNext, () =>
          forEachCrowd(ahead, 'next', values, () =>
            forEachOutcome(space.agent, 'next', values, space.agentNext, () =>
              reach(key(traitClass), { from: state, action, levels }),
            ),
          ),
        );
      }
    });
  }
  const assumed = [
    ...crowd.map(({ factor }) => factor.name),
    ...scenario.agent.flatMap(({ name, neighbours }) => (neighbours ? [name] : [])),
  ];
  return {
    states: cameFrom.size,
    ...(assumed.length > 0 && { crowd: assumed }),
    ...(violation && { violation }),
  };
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

/** What led to a state: where it was, the levels of the crowd that it depended on, and what was done there. */
interface Cause {
  readonly from: number;
  readonly action: number;
  readonly levels: Int32Array;
}

/** From the first state to the one before `state`, each with the action that led on from it. */
function pathTo(state: number, cameFrom: ReadonlyMap<number, Cause | undefined>): Cause[] {
  const path: Cause[] = [];
  for (let cause = cameFrom.get(state); cause; cause = cameFrom.get(cause.from)) path.unshift(cause);
  return path;
}

/** Calls visit for each combination of levels of some crowd factors, alike at all places. */
function forEachCrowd(
  factors: readonly CrowdLookup[],
  when: 'now' | 'next',
  values: Int32Array,
  visit: () => void,
): void {
  const [first, ...others] = factors;
  if (!first) {
    visit();
    return;
  }
  const { places, factor } = first;
  for (let level = 0; level < factor.levels.length; level++) {
    const from = when === 'now' ? first.levelsNow : first.levelsNext;
    values.fill(level, from, from + places);
    values[first[when]] = level;
    forEachCrowd(others, when, values, visit);
  }
}

const readCrowd = (factors: readonly CrowdLookup[], values: Int32Array): Int32Array =>
  Int32Array.from(factors, ({ now }) => values[now]!);

function writeCrowd(factors: readonly CrowdLookup[], values: Int32Array, levels: Int32Array): void {
  factors.forEach(({ now, levelsNow, places }, c) => {
    values.fill(levels[c]!, levelsNow, levelsNow + places);
    values[now] = levels[c]!;
  });
}

function describeState(space: StateSpace, values: Int32Array, crowd: readonly CrowdLookup[]): string {
  const words = [
    ...space.world.map(({ factor }, i) => `${factor.name}: ${factor.levels[values[space.worldNow + i]!]}`),
    ...space.agent.map(({ factor }, i) => `${factor.name}: ${factor.levels[values[space.agentNow + i]!]}`),
    ...crowd.map(({ factor, now }) => `${factor.name}: ${factor.levels[values[now]!]}`),
  ];
  const seen = space.scenario.sets.indices(observe(space, values)).map((i) => space.scenario.phrases[i]!);
  return `{${words.join(', ')}} seen as "${seen.join(', ')}"`;
}
