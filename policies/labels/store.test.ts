import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiled } from '../../tools/compiled.ts';
import { LabelStore } from './store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labels-'));
  path = join(folder, 'data', 'labels.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const keyOf = (i: number) => createHash('sha256').update(`label ${i}`).digest('hex');
const records = Array.from({ length: 12 }, (_, i) => ({
  traits: [`ünïcode ${i}`],
  p: i / 12,
  reply: 'x'.repeat(i * 9),
}));

async function fill(n = records.length): Promise<Buffer> {
  const store = LabelStore.open(path);
  await Promise.all(records.slice(0, n).map((record, i) => store.append(keyOf(i), record)));
  await store.close();
  return readFileSync(path);
}

describe('LabelStore', () => {
  it('gives back what was kept, also after it was opened again', async () => {
    await fill();
    const store = LabelStore.open(path);
    expect(store.size).toBe(12);
    records.forEach((record, i) => {
      expect(store.get(keyOf(i))).toEqual(record);
    });
    expect(store.get(keyOf(99))).toBeUndefined();
    expect(store.has(keyOf(3))).toBe(true);
    await store.close();
  });

  it('is empty, and writes nothing, if there is no file', async () => {
    const store = LabelStore.open(path);
    expect([store.size, store.has(keyOf(0)), store.get(keyOf(0))]).toEqual([0, false, undefined]);
    await store.close();
    expect(existsSync(path)).toBe(false);
  });

  it('reopens with every completed label after it was cut off at any byte, and goes on from there', async () => {
    const whole = await fill(5);
    const ends = [0];
    for (let i = whole.indexOf(10); i >= 0; i = whole.indexOf(10, i + 1)) ends.push(i + 1);
    for (let cut = 0; cut <= whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const store = LabelStore.open(path);
      // A line that lacks nothing but its end is a label.
      const complete = ends.filter((end) => end <= cut + 1).length - 1;
      expect(store.size).toBe(complete);
      for (let i = 0; i < complete; i++) expect(store.get(keyOf(i))).toEqual(records[i]);
      expect(readFileSync(path).length).toBe(cut);
      if (cut % 40 === 0 || ends.includes(cut + 1)) {
        await store.append(keyOf(7), records[7]!);
        expect(store.get(keyOf(7))).toEqual(records[7]);
        const kept = readFileSync(path);
        expect(kept.subarray(0, ends[complete])).toEqual(whole.subarray(0, ends[complete]));
        expect(kept.toString().slice(ends[complete]).split('\n')).toHaveLength(2);
      }
      await store.close();
    }
  });

  it('reopens with every label that was reported as kept after its process was killed', async () => {
    const source = `
      import { LabelStore } from ${JSON.stringify(pathToFileURL(compiled(new URL('./store.ts', import.meta.url))).href)};
      import { createHash } from 'node:crypto';
      const store = LabelStore.open(${JSON.stringify(path)});
      for (let i = 0; ; i++) {
        const kept = Array.from({ length: 7 }, (_, j) => 7 * i + j);
        await Promise.all(kept.map((i) => store.append(createHash('sha256').update('label ' + i).digest('hex'), { i, reply: 'x'.repeat(i % 900) })));
        process.stdout.write(kept.at(-1) + '\\n');
      }`;
    const writer = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    writer.stdout.on('data', (text) => {
      said += text;
      if (said.split('\n').length > 40) writer.kill('SIGKILL');
    });
    await new Promise((exit) => writer.on('exit', exit));
    // The last line of what was said may be cut off.
    const last = Number(said.split('\n').at(-2));
    expect(last).toBeGreaterThan(200);

    const store = LabelStore.open(path);
    for (let i = 0; i <= last; i++) expect(store.get(keyOf(i))).toEqual({ i, reply: 'x'.repeat(i % 900) });
    // The dead writer's lock is no hindrance.
    await store.append(keyOf(-1), { i: -1 });
    await store.close();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('counts a label as kept only when it is on the disk', async () => {
    const store = LabelStore.open(path);
    const kept = store.append(keyOf(0), records[0]!);
    expect(store.has(keyOf(0))).toBe(false);
    await kept;
    expect(store.has(keyOf(0))).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(/^\{"key":"[0-9a-f]{64}","traits".*\}\n$/);
    await store.close();
  });

  it('keeps the first record of a key', async () => {
    const store = LabelStore.open(path);
    await store.append(keyOf(0), { p: 1 });
    await store.append(keyOf(0), { p: 2 });
    expect(store.get(keyOf(0))).toEqual({ p: 1 });
    await store.close();
    const again = LabelStore.open(path);
    expect([again.size, again.get(keyOf(0))]).toEqual([1, { p: 1 }]);
    await again.close();
  });

  it('is shared by those who open it in one process, until the last has closed it', async () => {
    const [a, b] = [LabelStore.open(path), LabelStore.open(join(folder, 'data', '..', 'data', 'labels.jsonl'))];
    expect(a).toBe(b);
    await a.append(keyOf(0), records[0]!);
    await a.close();
    await b.append(keyOf(1), records[1]!);
    expect(existsSync(`${path}.lock`)).toBe(false);
    await b.close();
  });

  it('waits while another process holds the lock, then says which, and lets others read', async () => {
    await fill(3);
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      const lock = JSON.stringify({ pid: other.pid, host: (await import('node:os')).hostname(), nonce: 'x' });
      writeFileSync(`${path}.lock`, lock);
      const store = LabelStore.open(path);
      expect(store.get(keyOf(2))).toEqual(records[2]);
      const patient = store.append(keyOf(4), records[4]!);
      setTimeout(() => rmSync(`${path}.lock`), 300);
      await patient;
      expect(store.get(keyOf(4))).toEqual(records[4]);

      writeFileSync(`${path}.lock`, lock);
      await expect(store.append(keyOf(5), records[5]!)).rejects.toThrow(
        `${path} has been locked for 5 s by process ${other.pid} on`,
      );
      // What the other process is writing at this moment is not cut off.
      appendFileSync(path, '{"key":"');
      const size = readFileSync(path).length;
      await store.close();
      await LabelStore.open(path).close();
      expect(readFileSync(path).length).toBe(size);
    } finally {
      other.kill();
    }
  });

  it('sees what another process wrote before it writes itself', async () => {
    const whole = await fill(4);
    const firstEnd = whole.indexOf(10) + 1;
    writeFileSync(path, whole.subarray(0, firstEnd));
    const store = LabelStore.open(path);
    expect(store.size).toBe(1);
    appendFileSync(path, whole.subarray(firstEnd));
    await store.append(keyOf(9), records[9]!);
    expect(store.size).toBe(5);
    expect(store.get(keyOf(3))).toEqual(records[3]);
    await store.close();
  });

  it('reads lines longer than what it reads at a time', async () => {
    const long = { reply: 'é'.repeat(700_000) };
    const store = LabelStore.open(path);
    await store.append(keyOf(0), long);
    await store.append(keyOf(1), { p: 1 });
    await store.close();
    const again = LabelStore.open(path);
    expect(again.get(keyOf(0))).toEqual(long);
    expect(again.get(keyOf(1))).toEqual({ p: 1 });
    await again.close();
  });

  it('takes SHA-256 for keys and nothing else', async () => {
    const store = LabelStore.open(path);
    await expect(store.append('short', {})).rejects.toThrow('64 lower-case hex digits, got "short"');
    await store.close();
  });
});
