import { rowOf } from '../../sim/record-ticks.ts';
import type { Hello, Point, RunInfo } from '../protocol.ts';

type Cell = string | number | undefined;

/**
 * Points of runs as a table with a header: run and seed, the columns of a recorded run's ticks.csv that hold for all
 * agents together, then the distance between teacher and student.
 */
export function pointsTable(
  { actions, measures, ticksPerDay }: Pick<Hello['scenario'], 'actions' | 'measures' | 'ticksPerDay'>,
  runs: readonly (RunInfo & { readonly points: readonly Point[] })[],
): Cell[][] {
  const names = actions.map(({ name }) => name);
  const rows = runs.flatMap(({ run, seed, points }) =>
    points.map((point) => {
      const totals = Object.fromEntries(measures.map(({ name }, i) => [name, point.measures[i]!]));
      const { tick, policy, counts, meanP, distinct, failed } = point;
      const reward = point.measures.at(-1)!;
      // The reward comes last, and is no measure of its own.
      const own = Object.fromEntries(Object.entries(totals).slice(0, measures.length - 1));
      const columns = rowOf(
        {
          ...{ tick, policy, counts, reward, distinct, failed },
          day: Math.floor(tick / ticksPerDay) + 1,
          world: {},
          meanProbability: meanP ?? [],
          measures: own,
          asked: 0,
          decided: meanP ? 1 : 0,
        },
        names,
      ).filter(([name]) => name !== 'asked');
      const distance: [string, Cell][] = [
        ['gap', point.gap ?? undefined],
        ['gap_coverage', point.coverage],
        ['student', point.student ?? undefined],
      ];
      return [['run', run + 1], ['seed', seed], ...columns, ...distance] as (readonly [string, Cell])[];
    }),
  );
  const header = rows[0]?.map(([name]) => name) ?? ['run', 'seed', 'tick'];
  return [header, ...rows.map((row) => row.map(([, cell]) => cell))];
}
