import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type PlantedChoices,
  plans,
  plantedChoices,
  plantedScenario,
} from '../distill/training/planted-choices.test-support.ts';
import { designsOf, logLoss, rivals } from '../distill/training/statistician.test-support.ts';
import { train } from '../distill/training/train.ts';
import { openStudent } from '../policies/students/open.ts';

const scenario = plantedScenario();
const meanLoss = ({ taken }: PlantedChoices, p: ArrayLike<number>) =>
  taken.reduce((sum, y, i) => sum + logLoss(y, p[i]!), 0) / taken.length;
const shown = (loss: number) => loss.toFixed(4);

/**
 * Log loss on people held out of the four students, as they come, beside regressions of a statistician, on choices made with
 * planted effects: `npm run bench -- choices [PEOPLE] [SEEDS]`, 8 choices a person. Prints what each plan and seed gave, then
 * the mean difference to the rival that cross-validation prefers.
 */
export async function choices(people = 250, seeds = 3): Promise<void> {
  const gaps: number[] = [];
  for (const plan of plans)
    for (let seed = 1; seed <= seeds; seed++) {
      const made = plantedChoices(scenario, { plan, seed, people, choices: 8, part: 0 });
      const test = plantedChoices(scenario, { plan, seed, people: 1000, choices: 8, part: 1 });
      const workspace = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
      try {
        const file = join(workspace, 'rows.jsonl');
        await writeFile(file, made.rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        const started = performance.now();
        const { students } = await train({ student: 'all', train: file, workspace, scenario, seed });
        const seconds = (performance.now() - started) / 1000;
        const losses: [string, number][] = [];
        for (const { student } of students) {
          await using policy = await openStudent(student, { scenario, workspace });
          const { probabilities } = await policy.decide(test.observations);
          losses.push([
            student,
            meanLoss(
              test,
              probabilities.filter((_, i) => i % 2 === 1),
            ),
          ]);
        }
        const found = rivals(made, designsOf(scenario))
          .map(({ name, heldOut, predict }) => ({ name, heldOut, loss: meanLoss(test, predict(test)) }))
          .sort((a, b) => a.heldOut - b.heldOut);
        const best = Math.min(...losses.map(([, loss]) => loss));
        gaps.push(best - found[0]!.loss);
        console.log(
          `${plan}, seed ${seed}, ${made.taken.length} choices (the law itself: ${shown(meanLoss(test, test.truth))})`,
        );
        console.log(
          `  students in ${seconds.toFixed(0)} s: ${losses.map(([name, loss]) => `${name} ${shown(loss)}`).join(', ')}`,
        );
        for (const { name, heldOut, loss } of found)
          console.log(`  rival ${shown(loss)} (cross-validated ${shown(heldOut)}): ${name}`);
      } finally {
        await rm(workspace, { recursive: true });
      }
    }
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  console.log(
    `best student minus the rival that cross-validation prefers: ${mean.toFixed(4)} on average, ${Math.min(...gaps).toFixed(4)} to ${Math.max(...gaps).toFixed(4)}`,
  );
}
