import type { Scenario } from '../../env/scenario.ts';
import { tickColumns } from '../../sim/record-ticks.ts';
import type { Hello } from '../protocol/hello.ts';
import type { Point, RunInfo } from '../protocol/runs.ts';

type Cell = string | number | undefined;

/**
 * Points of runs as a table with a header: run and seed, the columns of a recorded run's ticks.csv that hold for all
 * agents together, then the distance between teacher and student.
 */
export function pointsTable(
  { actions, measures, ticksPerDay }: Pick<Hello['scenario'], 'actions' | 'measures' | 'ticksPerDay'>,
  runs: readonly (RunInfo & { readonly points: readonly Point[] })[],
): Cell[][] {
  const own = measures.slice(0, -1).map(({ name }) => name);
  // A world that is the same for all rows, since points do not hold it: of a scenario no more than this is read.
  const columns = tickColumns({
    ...{ actions: actions.map(({ name }) => name), world: [], crowd: [] },
    measures: Object.fromEntries(own.map((name) => [name, undefined])),
  } as unknown as Scenario).filter(({ name }) => name !== 'asked');
  const header = [...['run', 'seed'], ...columns.map(({ name }) => name), ...['gap', 'gap_coverage', 'student']];
  const rows = runs.flatMap(({ run, seed, points }) =>
    points.map((point): Cell[] => {
      const { tick, policy, counts, meanP, distinct, failed, gap, coverage, student } = point;
      const record = {
        ...{ tick, policy, counts, distinct, failed, world: {}, asked: 0 },
        day: Math.floor(tick / ticksPerDay) + 1,
        meanProbability: meanP ?? [],
        decided: meanP ? 1 : 0,
        measures: Object.fromEntries(own.map((name, i) => [name, point.measures[i]!])),
        // It comes last.
        reward: point.measures.at(-1)!,
      };
      const cells = columns.map(({ cell }) => cell(record));
      return [run + 1, seed, ...cells, gap ?? undefined, coverage, student ?? undefined];
    }),
  );
  return [header, ...rows];
}
