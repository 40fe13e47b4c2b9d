import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '../distill/training/train.ts';
import { phrasesOf } from '../env/observation.ts';
import { sampleObservations } from '../env/sampling/sampling.ts';
import { openTeacher } from '../policies/open.ts';
import { openStudent } from '../policies/students/open.ts';
import { iceCreamRule } from '../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';

/** How many of the planted terms of the ice-cream oracle rules of its sampled replies recover, and how many others they have. */
export async function rules(runs = 10, rows = 6000): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'understudy-rules-'));
  const { main, pairs, triples } = iceCreamRule;
  const planted = new Set([
    ...main.map((_, j) => String(j)),
    ...[...pairs, ...triples].map((one) => String(one.phrases)),
  ]);
  let exact = 0;
  for (let seed = 1; seed <= runs; seed++) {
    await using oracle = await openTeacher('oracle', { scenario: iceCream });
    const batch = sampleObservations(iceCream, { size: rows, order: 'shuffled', seed });
    const answers = await oracle.ask(batch, { elicit: 'sample', seed });
    const file = join(root, `${seed}.jsonl`);
    await writeFile(
      file,
      answers
        .map(({ probabilities }, i) => {
          return `${JSON.stringify({ ...phrasesOf(iceCream, batch, i), probability_LLM: probabilities![1] })}\n`;
        })
        .join(''),
    );
    const workspace = join(root, String(seed));
    await train({ student: 'rules', train: file, workspace, scenario: iceCream });
    await using student = await openStudent('rules', { scenario: iceCream, workspace });
    const { architecture } = student.config;
    const found = ('terms' in architecture ? (architecture.terms ?? []) : []).map(String);
    const others = found.filter((term) => !planted.has(term));
    const missed = [...planted].filter((term) => !found.includes(term));
    if (others.length === 0 && missed.length === 0) exact++;
    console.log(
      `seed ${seed}: ${found.length - others.length} of ${planted.size}; missed ${missed.join(' ') || 'none'}; others ${others.join(' ') || 'none'}`,
    );
  }
  console.log(`${rows} replies: exactly the planted terms in ${exact} of ${runs} data sets`);
  await rm(root, { recursive: true });
}
