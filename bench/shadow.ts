import { AskedOnce } from '../policies/asked-once.ts';
import { openPolicy } from '../policies/open.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { type RunOptions, run } from '../sim/run.ts';
import { Simulation } from '../sim/simulation.ts';
import type { TickRecord } from '../sim/tick-record.ts';
import { totalVariation } from '../stats/distributions.ts';
import { mean } from '../stats/moments.ts';

const AGENTS = 2000;

/**
 * Whether a shadow audit and a rollback keep their promises: `npm run bench -- shadow [RUNS]`. In each run the student:logistic decides
 * for 2,000 agents over 210 ticks, and the oracle is asked about 1 % of the decisions. What the mean divergence really is is known
 * from asking about all of them. Counted are the runs in which the interval missed it at any tick; false alarms with a bound
 * that the divergence stays below in every tick; how soon an alarm comes at half that bound; and of canaries of 10 %, those called
 * back with a bound that their divergence stays below, and how soon those beyond it are.
 */
export async function shadow(runs = 200): Promise<void> {
  const scenario = iceCream;
  await using student = await openPolicy('student:logistic', { scenario });
  await using oracle = await openPolicy('oracle', { scenario });
  const memos = [new AskedOnce(scenario, student), new AskedOnce(scenario, oracle)] as const;
  const [policy, teacher] = memos;
  const found = { missed: 0, falseAlarms: 0, late: [] as number[], unseen: 0, width: [] as number[] };
  const canaries = { calledBack: 0, after: [] as number[], stayed: 0 };
  for (let seed = 0; seed < runs; seed++) {
    const { mean: truth, largest } = await divergenceOf(memos, seed);
    const options: RunOptions = { scenario, policy, agents: AGENTS, seed, cohorts: false };
    const audited = async (bound: number, onTick?: (record: TickRecord) => void) =>
      (await run({ ...options, shadow: { teacher, share: 0.01, bound }, ...(onTick && { onTick }) })).shadow!;
    let out = false;
    const { divergence, alarm } = await audited(largest, ({ tick, shadow }) => {
      if (truth[tick]! < shadow!.lower || truth[tick]! > shadow!.upper) out = true;
    });
    if (out) found.missed++;
    if (alarm !== null) found.falseAlarms++;
    found.width.push((divergence.upper - divergence.lower) / 2);
    const soon = (await audited(truth.at(-1)! / 2)).alarm;
    if (soon === null) found.unseen++;
    else found.late.push(soon);
    const canary = async (rollback: number) =>
      (await run({ ...options, policy: teacher, rollback, swaps: [{ tick: 30, policy, only: { share: [0, 0.1] } }] }))
        .canaries![0]!;
    // The canary's own states, under whatever world: its divergence stays below the largest of any tick and seed, about.
    if ((await canary(1.25 * Math.max(...truth.slice(30)))).to !== undefined) canaries.calledBack++;
    const { to } = await canary(truth.at(-1)! / 2);
    if (to === undefined) canaries.stayed++;
    else canaries.after.push(to - 30);
    if ((seed + 1) % 20 === 0 || seed + 1 === runs) report(seed + 1, found, canaries);
  }
}

/** The mean divergence of all decisions up to each tick, and the largest of a single tick. */
async function divergenceOf([student, oracle]: readonly [AskedOnce, AskedOnce], seed: number) {
  const simulation = new Simulation({ scenario: iceCream, policy: student, agents: AGENTS, seed });
  const running: number[] = [];
  let [sum, largest] = [0, 0];
  while (simulation.tick < iceCream.horizon) {
    const { masks, counts } = simulation.observed();
    await student.learn(masks);
    await oracle.learn(masks);
    let now = 0;
    masks.forEach((mask, i) => {
      now += (counts[i]! * totalVariation(student.probabilities(mask)!, oracle.probabilities(mask)!)) / AGENTS;
    });
    sum += now;
    largest = Math.max(largest, now);
    running.push(sum / (simulation.tick + 1));
    await simulation.step();
  }
  return { mean: running, largest };
}

function report(
  runs: number,
  found: { missed: number; falseAlarms: number; late: number[]; unseen: number; width: number[] },
  canaries: { calledBack: number; after: number[]; stayed: number },
): void {
  const of = (n: number) => `${n} of ${runs}`;
  console.log(
    [
      `shadow: the interval missed the mean at some tick in ${of(found.missed)} runs (5 % allowed), half-width at the end ${mean(found.width).toFixed(4)}`,
      `false alarms in ${of(found.falseAlarms)} (5 % allowed); at half the divergence an alarm after ${mean(found.late).toFixed(0)} ticks in the mean, none in ${found.unseen}`,
      `canaries: below the bound ${of(canaries.calledBack)} called back (2.5 % allowed); at twice the bound after ${mean(canaries.after).toFixed(1)} ticks in the mean, ${canaries.stayed} not`,
    ].join('\n  '),
  );
}
