import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromPhrases, observations } from '../../env/observation.ts';
import { sequence, shuffle } from '../../env/random.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { sha256 } from '../../workspace/hash.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import { type Architecture, type Head, outputsOf, students, weightsOf } from './architecture.ts';
import { studentFiles } from './checkpoint.ts';
import { onnxOf } from './onnx.ts';
import { openStudent } from './open.ts';

const width = iceCream.phrases.length;
const architectures: Record<(typeof students)[number], Architecture> = {
  logistic: { kind: 'logistic', width, hidden: [] },
  mlp: { kind: 'mlp', width, hidden: [24, 16] },
  encoder: { kind: 'encoder', width, size: 8, layers: 1, heads: 2, inner: 12 },
  decoder: { kind: 'decoder', width, size: 8, layers: 1, heads: 2, inner: 12 },
};
const heads: Record<(typeof students)[number], Head> = {
  logistic: { kind: 'sigmoid' },
  mlp: { kind: 'ordinal', levels: [0.05, 0.35, 0.8] },
  encoder: { kind: 'sigmoid' },
  decoder: { kind: 'ordinal', levels: [0.1, 0.9] },
};

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'understudy-student-'));
  for (const name of students) await put(name);
});
afterAll(() => rm(workspace, { recursive: true }));

/** Puts an untrained student with large random weights into the workspace. */
async function put(name: (typeof students)[number], changes: Partial<StudentConfig> = {}, into = workspace) {
  const architecture = architectures[name];
  const head = heads[name];
  const random = sequence(7, 'training', students.indexOf(name));
  const weights = weightsOf(architecture, outputsOf(head)).map(({ name, shape, mean }) => ({
    name,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => mean + 2 * random() - 1),
  }));
  const onnx = onnxOf(architecture, head, weights, {});
  const config: StudentConfig = {
    format: 'understudy-student-1',
    name,
    architecture,
    head,
    scenario: iceCream.id,
    phrases: [...iceCream.phrases],
    actions: [...iceCream.actions],
    sha256: sha256(onnx),
    parameters: 1,
    seed: 0,
    teacher: { id: 'oracle-0', licence: 'MIT', caveat: 'a rule' },
    data: [],
    training: {},
    ...changes,
  };
  const files = studentFiles(into, name);
  for (const file of [files.onnx, files.config]) await mkdir(dirname(file), { recursive: true });
  await writeFile(files.onnx, onnx);
  await writeFile(files.config, JSON.stringify(config));
  return files;
}

for (const name of students)
  describePolicy(`student:${name}`, () => openStudent(name, { scenario: iceCream, workspace }), { describe, it });

/** Sets that no person has are answered too: a policy need not know what conflicts. */
const masks = Uint32Array.from({ length: 150 }, (_, i) =>
  i === 0 ? 0 : i === 1 ? 2 ** width - 1 : (i * 977) % 2 ** width,
);

describe('a student', () => {
  it.each(students)('%s answers bit for bit the same alone, in a batch and in a shuffled batch', async (name) => {
    await using student = await openStudent(name, { scenario: iceCream, workspace });
    const whole = (await student.decide(observations(iceCream, masks))).probabilities;
    const order = shuffle([...masks.keys()], sequence(1, 'sampling'));
    const mixed = (
      await student.decide(
        observations(
          iceCream,
          order.map((i) => masks[i]!),
        ),
      )
    ).probabilities;
    order.forEach((i, place) => {
      expect(mixed[2 * place + 1]).toBe(whole[2 * i + 1]);
    });
    for (const i of [0, 1, 77]) {
      const alone = (await student.decide(observations(iceCream, [masks[i]!]))).probabilities;
      expect(alone[1]).toBe(whole[2 * i + 1]);
    }
    expect(new Set(whole).size).toBeGreaterThan(20);
  });

  it('sees the order of phrases if it is a transformer, and only then', async () => {
    const rows = [
      { traits: ['likes sweets', 'cheap'], context: ['hungry', 'after work'] },
      { traits: ['cheap', 'likes sweets'], context: ['after work', 'hungry'] },
    ];
    for (const name of students) {
      await using student = await openStudent(name, { scenario: iceCream, workspace });
      const { probabilities } = await student.decide(fromPhrases(iceCream, rows));
      const difference = Math.abs(probabilities[1]! - probabilities[3]!);
      if (name === 'encoder' || name === 'decoder') expect(difference).toBeGreaterThan(1e-3);
      else expect(difference).toBe(0);
    }
  });

  it('answers two batches that are asked for at once as it answers them one after the other', async () => {
    await using student = await openStudent('mlp', { scenario: iceCream, workspace });
    const batches = [observations(iceCream, masks), observations(iceCream, masks.slice(40, 120))];
    const one = [await student.decide(batches[0]!), await student.decide(batches[1]!)];
    expect(await Promise.all(batches.map((batch) => student.decide(batch)))).toEqual(one);
  });

  it('has an id of its content and passes on what its teacher warns of', async () => {
    await using student = await openStudent('mlp', { scenario: iceCream, workspace });
    const hash = sha256(await readFile(studentFiles(workspace, 'mlp').onnx));
    expect(student.id).toBe(`student:mlp-${hash.slice(0, 12)}`);
    expect(student.caveat).toBe('learned from a teacher that is a rule');
  });

  it('opens by name from the workspace or else from the package, and by path the .json in ../configs or beside it', async () => {
    const { onnx, config } = studentFiles(workspace, 'mlp');
    await using bundled = await openStudent('mlp', { scenario: iceCream, workspace: join(workspace, 'empty') });
    await using far = await openStudent(onnx, { scenario: iceCream });
    const beside = join(workspace, 'elsewhere', 'mine.onnx');
    await mkdir(dirname(beside));
    await writeFile(beside, await readFile(onnx));
    await writeFile(beside.replace('.onnx', '.json'), await readFile(config));
    await using near = await openStudent(beside, { scenario: iceCream });
    expect(near.id).toBe(far.id.replace('student:mlp', 'student:mine'));
    expect(bundled.id).not.toBe(far.id);
  });
});

it('a bundled student that stands in for one of a workspace with others is said to', async () => {
  const others = join(workspace, 'others');
  await put('logistic', {}, others);
  const said: string[] = [];
  const log = (line: string) => said.push(line);
  await using mlp = await openStudent('mlp', { scenario: iceCream, workspace: others, log });
  expect(mlp.config.teacher.id).toMatch(/^tiny-/);
  expect(said).toEqual([
    `student:mlp: ${others} has no student of this name (it has logistic); the bundled one, which learned from tiny, decides`,
  ]);
  await using _ = await openStudent('mlp', { scenario: iceCream, workspace: join(workspace, 'nothing'), log });
  expect(said).toHaveLength(1);
});

describe('a student that does not open', () => {
  const failing = (name: string, options: { workspace?: string; scenario?: typeof iceCream } = {}) =>
    expect(openStudent(name, { scenario: iceCream, workspace, ...options })).rejects;

  it('names the known students', async () => {
    await failing('gru').toThrow('unknown student: gru (known: logistic, mlp, encoder, decoder)');
  });

  it('names the file that is missing, and what to do', async () => {
    await failing(join(workspace, 'nowhere.onnx')).toThrow(/nowhere\.onnx is missing; run `understudy train` again/);
    const half = join(workspace, 'half');
    const { config } = await put('mlp', {}, half);
    await rm(config);
    await failing('mlp', { workspace: half }).toThrow(`${config} is missing`);
  });

  it('tells a damaged file from a whole one', async () => {
    const damaged = join(workspace, 'damaged');
    const { onnx, config } = await put('logistic', {}, damaged);
    const bytes = await readFile(onnx);
    await writeFile(onnx, bytes.subarray(0, bytes.length - 5));
    await failing('logistic', { workspace: damaged }).toThrow(`${onnx} is damaged or does not belong to ${config}`);
    await writeFile(config, '{"format":');
    await failing('logistic', { workspace: damaged }).toThrow(`${config} is not JSON`);
    await writeFile(config, '{"format":"other"}');
    await failing('logistic', { workspace: damaged }).toThrow(`${config} does not describe a student: format`);
  });

  it('says so when an .onnx with the right hash is no network', async () => {
    const odd = join(workspace, 'odd');
    const { onnx } = await put('logistic', { sha256: sha256('not a network') }, odd);
    await writeFile(onnx, 'not a network');
    await failing('logistic', { workspace: odd }).toThrow(`${onnx} does not load`);
  });

  it('names both scenarios, both widths or the phrase that differs', async () => {
    const other = join(workspace, 'other');
    await put('mlp', { scenario: 'town-v2' }, other);
    await failing('mlp', { workspace: other }).toThrow('was trained for town-v2, expected ice-cream-v1');
    await put('mlp', { phrases: iceCream.phrases.slice(1) }, other);
    await failing('mlp', { workspace: other }).toThrow('ice-cream-v1 has 16');
    await put('mlp', { phrases: ['likes salt', ...iceCream.phrases.slice(1)] }, other);
    await failing('mlp', { workspace: other }).toThrow('whose phrase 0 is "likes salt", not "likes sweets"');
    await put('mlp', { actions: ['stay', 'go'] }, other);
    await failing('mlp', { workspace: other }).toThrow('whose actions are stay, go, not skip, buy');
  });
});
