import { writeFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataset } from './distill/dataset/dataset.ts';
import { train } from './distill/training/train.ts';
import { audit } from './measure/audit/audit.ts';
import { compare } from './measure/compare/compare.ts';
import { evaluate } from './measure/evaluation/evaluate.ts';
import { stability } from './measure/stability/stability.ts';
import { iceCream } from './scenarios/ice-cream-v1/scenario.ts';
import { openStudy } from './scenarios/study.ts';
import { sweep } from './sim/sweep/sweep.ts';
const root = '/tmp/debts-hand/ws';
await rm(root, { recursive: true, force: true });
await mkdir(root, { recursive: true });
  const at = { workspace: root, scenario: iceCream, seed: 1 };
  await (await openStudy({ workspace: root })).remember();
  await dataset({ ...at, teacher: 'oracle', size: 250, order: 'canonical', elicit: 'sample' });
  await train({ ...at, student: 'rules', train: join(root, 'data', 'train.jsonl') } as never);
  await stability({
    ...{ ...at, teacher: ['oracle', 'oracle?paraphrase:0=0.5'], prompts: 6, runs: 3, temperature: 1 },
    ...{ facets: ['temperature', 'order', 'paraphrase'], crossed: true, orders: 2, temperatures: [0, 1] },
  } as never);
  const runs = { workspace: root, agents: [20], ticks: 6, replications: 2, seed: 1 };
  await sweep({ ...runs, scenario: 'ice-cream-v1', policies: ['oracle', 'uniform', 'constant:0.2'] } as never);
  await compare({
    ...{ a: { scenario: iceCream, policy: 'student:rules' }, b: { scenario: iceCream, policy: 'uniform' } },
    ...{ workspace: root, agents: 20, replications: 4, ticks: 6, resamples: 99 },
    command: 'understudy compare student:rules uniform --resamples 99',
  } as never);
  await audit({
    ...{ scenario: iceCream, outcome: 'p:buy', expect: 'less', wordings: 8, teachers: ['oracle'], agents: 5, workspace: root },
    a: { name: 'hot summer day', phrases: ['hot summer day'] },
    b: { name: 'cold winter day', phrases: ['cold winter day'] },
  } as never);
  await evaluate({ ...at, test: join(root, 'data', 'test.jsonl'), agents: 20, teacher: ['oracle', 'oracle?paraphrase:0=0.5'] } as never);
