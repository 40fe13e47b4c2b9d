import type { Scenario } from './scenario.ts';
import type { Table } from './table.ts';

/**
 * Everything that a scenario says, as plain data: names, integer laws, predicates, rewards and wording. Two scenarios with
 * equal data are the same world, whatever code declared them.
 */
export function compiledData(scenario: Scenario): object {
  const { traitSets, traitWeights, world, agent, observe, allowed, reward, measures, levels: _, ...plain } = scenario;
  const factor = ({ name, levels, start, next }: Scenario['world'][number]) => ({
    name,
    levels,
    start: lawData(start),
    next: lawData(next),
  });
  return {
    ...plain,
    traitSets: [...traitSets],
    traitWeights: [...traitWeights],
    world: world.map(factor),
    agent: agent.map(factor),
    observe: observe.map(tableData),
    allowed: allowed.map(tableData),
    reward: tableData(reward),
    measures: Object.fromEntries(Object.entries(measures).map(([name, table]) => [name, tableData(table)])),
  };
}

const tableData = <R>({ parents, sizes, rows }: Table<R>) => ({ parents, sizes, rows });
const lawData = ({ parents, sizes, rows }: Table<Uint32Array>) => ({
  parents,
  sizes,
  rows: rows.map((row) => [...row]),
});
