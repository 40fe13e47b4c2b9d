import { UnderstudyError } from './error.ts';
import type { CrowdFactor, Factor } from './scenario.ts';

/**
 * Factors in a topological order of what they read within the tick that begins (rest′ may read sky′; what reads a queue by
 * place reads place′ with it).
 * @throws {UnderstudyError} SCENARIO_CYCLE, printing the cycle
 */
export function updateOrder(factors: readonly Factor[], crowd: readonly CrowdFactor[]): Factor[] {
  const ordered: Factor[] = [];
  const open: string[] = [];
  const visit = (name: string): void => {
    const factor = factors.find((one) => one.name === name);
    const by = crowd.find((one) => one.name === name)?.by;
    const reads = factor
      ? [...factor.next.parents, ...factor.start.parents].filter((parent) => parent.endsWith("'"))
      : by?.kind === 'factor'
        ? [`${by.name}'`]
        : [];
    if (factor && ordered.includes(factor)) return;
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name].map((one) => `${one}'`);
      throw new UnderstudyError('SCENARIO_CYCLE', `next values depend on each other: ${cycle.join(' ← ')}`);
    }
    open.push(name);
    for (const parent of reads) visit(parent.slice(0, -1));
    open.pop();
    if (factor) ordered.push(factor);
  };
  for (const { name } of factors) visit(name);
  return ordered;
}
