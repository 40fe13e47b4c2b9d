import { describe, expect, it } from 'vitest';
import { friends } from '../../env/friends.test-support.ts';
import { namedNetwork } from '../../env/network/named.ts';
import { drawPeople } from '../../env/people.ts';
import { stateSpace } from '../../env/state-space.ts';
import { worldPath } from '../../env/trajectory.ts';
import { columnsOf } from './kernel/columns.ts';
import { CompiledKernel } from './kernel/compiled.ts';
import type { Decisions, Kernel } from './kernel/kernel.ts';
import { allowedWeights, emptyDraws, writeDraw } from './kernel/laws.ts';
import { PlainKernel } from './kernel/plain.ts';
import { type ActPlan, Planner } from './kernel/plan.ts';
import { Neighbourhood } from './neighbourhood.ts';

const space = stateSpace(friends);
const [seed, agents, ticks] = [3, 900, 12];
const { sets, members } = drawPeople(space, seed, agents);
const crowd = (tick: number) =>
  space.crowd.flatMap(({ places }) => Array.from({ length: places }, (_, at) => (tick + at) % 2));
const path = worldPath(space, seed, ticks, crowd);
const network = namedNetwork('scale-free:2').draw(agents, seed);

const decisionsOf = ({ situations }: ActPlan): Decisions => {
  const draws = Array.from(sets, (_, kind) => {
    const { classes, contexts, allowed } = situations.slices[situations.of[kind]!]!;
    const own = emptyDraws(classes.rows, 2);
    contexts.forEach((held, row) => {
      const smoke = 4096 * (1 + (held % 5));
      writeDraw(own, row, allowedWeights([65536 - 2 * smoke, smoke, smoke], allowed, row));
    });
    return own;
  });
  return { draws, revision: 1 };
};

/** All that a kernel leaves behind, tick by tick. */
function playedBy(kernel: Kernel): unknown[] {
  const planner = new Planner(space, sets);
  const neighbourhood = new Neighbourhood(space, kernel.columns, network, seed);
  const { states, actions, made } = kernel.columns;
  const record: unknown[] = [];
  kernel.start(planner.start(path[0]!, crowd(0)));
  for (let tick = 0; tick < ticks; tick++) {
    const acting = planner.acting(tick, path[tick]!, crowd(tick));
    const acted = [...kernel.act(acting, decisionsOf(acting)).counts];
    neighbourhood.make(acting.situations);
    const moving = planner.moving(tick, path[tick]!, path[tick + 1]!, crowd(tick), crowd(tick + 1));
    const moved = kernel.move(moving);
    record.push({
      acted: acted.filter((count) => count > 0),
      moved: [...moved!.counts].filter((count) => count > 0),
      columns: [...states, actions, ...made.flatMap((column) => column ?? [])].map((column) => [...column]),
    });
  }
  return record;
}

/** Places that nobody holds hold whatever a kernel leaves there. */
const held = (record: unknown[]) => {
  const { first } = columnsOf(space, members);
  const places = [...members].flatMap((count, kind) => Array.from({ length: count }, (_, i) => first[kind]! + i));
  return (record as { acted: unknown; moved: unknown; columns: number[][] }[]).map(({ columns, ...bins }) => ({
    ...bins,
    columns: columns.map((column) => places.map((place) => column[place])),
  }));
};

describe('the kernels, moving agents to what their neighbours made', () => {
  const plain = held(playedBy(new PlainKernel(space, columnsOf(space, members), seed)));

  it('meet every level of both factors', () => {
    const made = plain.map(({ columns }) => columns.slice(-2));
    expect(new Set(made.flatMap(([smoking]) => smoking!))).toEqual(new Set([0, 1, 2, 3]));
    expect(new Set(made.flatMap(([, sad]) => sad!))).toEqual(new Set([0, 1, 2]));
  });

  it.each([1, 2, 3])('are one, compiled for %d threads or not', (threads) => {
    expect(held(playedBy(new CompiledKernel(space, members, seed, { threads, patience: 0 })))).toEqual(plain);
  });
});
