import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations, phrasesOf } from '../../env/observation.ts';
import { sampleObservations } from '../../env/sampling/sampling.ts';
import { listedTraits } from '../../env/trait-law.ts';
import { openStudent } from '../../policies/students/open.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { trainEnsemble } from './ensemble.ts';
import type { TrainedStudent } from './train.ts';

const MEMBERS = 3;
let workspace: string;
let rows: string;
let trained: TrainedStudent;
const call = () =>
  ({ student: 'mlp', train: rows, workspace, members: MEMBERS, seed: 5, epochs: 4, layers: 2 }) as const;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'understudy-ensemble-'));
  rows = join(workspace, 'rows.jsonl');
  const batch = sampleObservations(iceCream, { size: 200, order: 'canonical', seed: 1 });
  const lines = Array.from(batch.masks, (mask, i) => ({
    ...phrasesOf(iceCream, batch, i),
    probability_LLM: ((mask * 7) % 97) / 97,
  }));
  await writeFile(rows, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  trained = await trainEnsemble(call());
});
afterAll(() => rm(workspace, { recursive: true }));

describePolicy('an ensemble', () => openStudent('ensemble', { scenario: iceCream, workspace }), { describe, it });

describe('an ensemble', () => {
  it('answers with the mean of its members, which differ', async () => {
    const batch = observations(iceCream, [...listedTraits(iceCream).sets].slice(0, 20));
    const answersOf = async (name: string, folder: string) => {
      await using student = await openStudent(name, { scenario: iceCream, workspace: folder });
      return (await student.decide(batch)).probabilities;
    };
    const members = await Promise.all(
      Array.from({ length: MEMBERS }, (_, m) => answersOf('mlp', join(workspace, 'models/ensemble', String(m + 1)))),
    );
    const averaged = await answersOf('ensemble', workspace);
    averaged.forEach((p, i) => {
      expect(p).toBeCloseTo(members.reduce((sum, one) => sum + one[i]!, 0) / MEMBERS, 6);
    });
    expect(members[0]).not.toEqual(members[1]);
  });

  it('says what it is made of, and writes a log', async () => {
    const config = JSON.parse(await readFile(trained.files.config, 'utf8'));
    expect(config).toMatchObject({ name: 'ensemble', architecture: { kind: 'mlp' }, parameters: trained.parameters });
    expect(config.training.members).toHaveLength(MEMBERS);
    expect(new Set(config.training.members.map(({ seed }: { seed: number }) => seed)).size).toBe(MEMBERS);
    const [header, ...epochs] = (await readFile(trained.files.log, 'utf8')).trim().split('\n');
    expect(header).toMatch(/^epoch,train_loss,validation_loss/);
    expect(epochs).toHaveLength(trained.epochs);
  });

  it('trains nothing the second time, and ends with the same file', async () => {
    const before = await readFile(trained.files.onnx);
    expect(await trainEnsemble(call())).toMatchObject({ finishedBefore: true, validationMse: trained.validationMse });
    expect((await readFile(trained.files.onnx)).equals(before)).toBe(true);
  });

  it('has two members or more', async () => {
    await expect(trainEnsemble({ ...call(), members: 1 })).rejects.toThrow('two members or more, got 1');
  });
});
