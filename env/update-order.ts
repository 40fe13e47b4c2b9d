import { UnderstudyError } from './error.ts';
import type { Factor } from './scenario.ts';

/**
 * Factors in a topological order of what they read within the tick that begins (hunger′ may read ended′).
 * @throws {UnderstudyError} SCENARIO_CYCLE, printing the cycle
 */
export function updateOrder(factors: readonly Factor[]): Factor[] {
  const ordered: Factor[] = [];
  const open: string[] = [];
  const visit = (factor: Factor): void => {
    if (ordered.includes(factor)) return;
    if (open.includes(factor.name)) {
      const cycle = [...open.slice(open.indexOf(factor.name)), factor.name].map((name) => `${name}'`);
      throw new UnderstudyError('SCENARIO_CYCLE', `next values depend on each other: ${cycle.join(' ← ')}`);
    }
    open.push(factor.name);
    for (const parent of [...factor.next.parents, ...factor.start.parents]) {
      const read = factors.find((other) => parent === `${other.name}'`);
      if (read) visit(read);
    }
    open.pop();
    ordered.push(factor);
  };
  factors.forEach(visit);
  return ordered;
}
