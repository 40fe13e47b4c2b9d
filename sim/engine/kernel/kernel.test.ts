import { describe, expect, it } from 'vitest';
import { mix, quantise, range } from '../../../env/chance.ts';
import { defineScenario } from '../../../env/define-scenario.ts';
import { drawPeople, individuals } from '../../../env/people.ts';
import { philox4x32 } from '../../../env/random.ts';
import type { Scenario } from '../../../env/scenario.ts';
import { stateSpace } from '../../../env/state-space.ts';
import { trajectory, worldPath } from '../../../env/trajectory.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { openScenario } from '../../../scenarios/open.ts';
import { codeAt, columnsOf } from './columns.ts';
import { CompiledKernel } from './compiled.ts';
import type { Bins, Decisions, Kernel } from './kernel.ts';
import { allowedWeights, emptyDraws, writeDraw } from './laws.ts';
import { PlainKernel } from './plain.ts';
import { type ActPlan, Planner } from './plan.ts';

type State = { place: number; mood: number; sun: number; action: string; traits: { quick: boolean } };

/** Factors of many levels, many actions: tables that no vector of 16 or 64 entries holds. */
const wide = (places: number, moods: number, { measured = false } = {}) =>
  defineScenario({
    id: `wide-${places}-${moods}-${measured}`,
    actions: ['stay', ...Array.from({ length: 6 }, (_, a) => `go ${a}`)],
    discount: 1,
    horizon: 50,
    traits: { phrases: ['quick', 'shy'] },
    contexts: { far: ({ place }: State) => place > places / 2, low: ({ mood }: State) => mood < moods / 3 },
    world: { sun: { levels: [0, 1, 2], start: 0, next: () => ({ 0: 0.2, 1: 0.5, 2: 0.3 }) } },
    agent: {
      place: {
        levels: range(0, places - 1),
        start: mix(0.5, 0, places - 1),
        next: ({ place, action }: State) =>
          action === 'stay'
            ? mix(0.75, place, (place + 1) % places)
            : mix(0.9, (place + Number(action.slice(3)) + 2) % places, place),
      },
      mood: {
        levels: range(0, moods - 1),
        start: mix(0.25, 0, mix(0.3, 1, moods - 1)),
        next: ({ mood, traits }: State, { sun, place }: State) =>
          place % 2 === 0 ? Math.min(moods - 1, mood + sun) : mix(traits.quick ? 0.3 : 0.6, mood, 0),
      },
    },
    allowed: { 'go 3': ({ place }: State) => place !== 1 },
    reward: ({ action, mood }: State, { place }: State) => (action === 'stay' ? 0 : mood) - 0.01 * place,
    // Tells every place and mood apart before anybody acts.
    ...(measured && { measures: { worth: ({ place, mood }: State) => place * moods + mood } }),
  } as unknown as Parameters<typeof defineScenario>[0]);

/** Probabilities without a pattern, some of them 0 or 1. */
function weightsOf({ actions }: Scenario, mask: number): Uint32Array {
  const shares = actions.map((_, a) => {
    const word = philox4x32([mask, a, 7, 7], [0, 0])[0];
    return word % 4 === 0 ? 0 : word % 1000;
  });
  const sum = shares.reduce((total, share) => total + share, 0);
  return quantise(sum > 0 ? shares.map((share) => share / sum) : actions.map((_, a) => (a === 0 ? 1 : 0)));
}

function decisionsOf(scenario: Scenario, sets: Uint32Array, { situations }: ActPlan): Decisions {
  const draws = Array.from(sets, (set, kind) => {
    const { classes, contexts, allowed } = situations.slices[situations.of[kind]!]!;
    const own = emptyDraws(classes.rows, scenario.actions.length - 1);
    contexts.forEach((held, row) =>
      writeDraw(own, row, allowedWeights(weightsOf(scenario, scenario.sets.union(set, held)), allowed, row)),
    );
    return own;
  });
  return { draws, revision: 1 };
}

const worlds = async (): Promise<[string, Scenario][]> => [
  ['ice-cream-v1', iceCream],
  ['mobility-v1', (await openScenario('mobility-v1')) as Scenario],
  ['two bytes of state', wide(7, 20)],
  ['a table of 200 entries', wide(40, 5)],
  ['more rows than a byte numbers', wide(60, 30)],
  ['more situations than vectors look up', wide(9, 20, { measured: true })],
  ['more situations than a byte numbers', wide(30, 15, { measured: true })],
];

describe.each(await worlds())('the kernels, on %s', (_, scenario) => {
  const space = stateSpace(scenario);
  const [seed, agents, ticks] = [9, 700, 30];
  const { sets, members } = drawPeople(space, seed, agents);
  /** A crowd that changes from tick to tick at each of its places, whatever the agents do. */
  const crowd = (tick: number) =>
    space.crowd.flatMap(({ factor, places }) =>
      Array.from({ length: places }, (_, place) => (tick + place) % factor.levels.length),
    );
  const path = worldPath(space, seed, ticks, crowd);
  const planner = () => new Planner(space, sets);

  /** Everything that a kernel leaves behind, tick by tick. */
  const playedBy = (kernel: Kernel, apart = false) => {
    const plans = planner();
    const places = individuals({ sets, members }).map(({ place }) => place);
    const states = () => places.map((place) => codeAt(space, kernel.columns, place));
    const bins = ({ rows, stride, counts }: Bins, columns: number) =>
      [...members.keys()].flatMap((kind) => [...counts.subarray(kind * stride, kind * stride + columns * rows)]);
    kernel.start(plans.start(path[0]!, crowd(0)));
    const record: unknown[] = [states()];
    for (let tick = 0; tick < ticks; tick++) {
      const acting = plans.acting(tick, path[tick]!, crowd(tick));
      const moving = plans.moving(tick, path[tick]!, path[tick + 1]!, crowd(tick), crowd(tick + 1));
      const seen = bins(kernel.count(acting), 1);
      const decisions = decisionsOf(scenario, sets, acting);
      const { acted, moved } = apart
        ? { acted: kernel.act(acting, decisions), moved: kernel.move(moving) }
        : kernel.play(acting, moving, decisions);
      const actions = places.map((place) => kernel.columns.actions[place]);
      record.push({
        seen,
        acted: bins(acted, scenario.actions.length),
        moved: moved && bins(moved, 1),
        actions,
        states: states(),
      });
    }
    return record;
  };
  const plain = playedBy(new PlainKernel(space, columnsOf(space, members), seed));

  it('plays every agent as the reference does', () => {
    const people = individuals({ sets, members });
    for (const agent of [0, 1, 15, 16, 333, agents - 1]) {
      const { place, traitSet } = people[agent]!;
      const life = trajectory(space, (mask) => weightsOf(scenario, mask), {
        ...{ seed, agent: place, ticks, traitSet, crowd },
      });
      const played = plain.slice(1) as { actions: number[] }[];
      expect(played.map(({ actions }) => actions[agent])).toEqual(life.map(({ action }) => action));
      expect((plain[0] as number[])[agent]).toBe(life[0]!.code);
    }
  });

  // First, while no program has been made.
  it('are one, compiled once it is worth it', () => {
    expect(playedBy(new CompiledKernel(space, members, seed, { patience: 4 * agents }))).toEqual(plain);
  });

  it.each([1, 2, 3])('are one, compiled for %d threads or not', (threads) => {
    expect(playedBy(new CompiledKernel(space, members, seed, { threads, patience: 0 }))).toEqual(plain);
  });

  it('do the same whether agents act and move at once or one after the other', () => {
    expect(playedBy(new CompiledKernel(space, members, seed, { patience: 0 }), true)).toEqual(plain);
  });
});

it('play what there is no room for in the memory that threads share as the plain kernel does', () => {
  // 32,768 situations and 70 actions: 4.7 MB for the decisions of one kind of people.
  const [floors, rooms, k] = [128, 256, 70];
  const scenario = defineScenario({
    id: 'roomy',
    actions: range(0, k - 1).map((action) => `do ${action}`),
    discount: 1,
    horizon: 1,
    traits: { phrases: ['quick'] },
    contexts: { high: ({ floor }: Record<string, number>) => floor! > 9 },
    world: {},
    agent: {
      floor: {
        levels: range(0, floors - 1),
        start: mix(0.5, 0, 77),
        next: ({ floor }: Record<string, number>) => floor,
      },
      room: { levels: range(0, rooms - 1), start: mix(0.5, 5, 255), next: ({ room }: Record<string, number>) => room },
    },
    reward: () => 0,
    measures: { worth: ({ floor, room }: Record<string, number>) => floor! * rooms + room! },
  } as unknown as Parameters<typeof defineScenario>[0]);
  const space = stateSpace(scenario);
  const { sets, members } = drawPeople(space, 3, 300);
  const plans = new Planner(space, sets);
  const acting = plans.acting(0, []);
  const draws = emptyDraws(acting.situations.slices[0]!.classes.rows, k - 1);
  expect(draws.rows).toBe(floors * rooms);
  const weights = quantise(new Array<number>(k).fill(1 / k));
  for (let row = 0; row < draws.rows; row++) writeDraw(draws, row, weights);
  const played = [
    new PlainKernel(space, columnsOf(space, members), 3),
    new CompiledKernel(space, members, 3, { patience: 0 }),
  ].map((kernel) => {
    kernel.start(plans.start([]));
    const { counts } = kernel.act(acting, { draws: Array.from(sets, () => draws), revision: 1 });
    return { agents: counts.reduce((sum, count) => sum + count, 0), actions: [...kernel.columns.actions] };
  });
  expect(played[0]!.agents).toBe(300);
  expect(played[1]).toEqual(played[0]);
});
